import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrdersFileFault } from '../../src/terminal/orders-file.js';
import { header, SimulationFolder } from './simulation.js';

const folders: SimulationFolder[] = [];
const shop = (rows: readonly string[] | string): SimulationFolder => {
  const folder = new SimulationFolder(rows);
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const { path } of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

const coffee = 'coffee,Coffee,Drinks';

describe('a file that cannot be rung up', () => {
  const good = `1,2024-01-01T10:00:00,${coffee},1,1.50`;
  const row = (change: Readonly<Record<number, string>>): string =>
    ['2', '2024-01-01T10:00:00', 'coffee', 'Coffee', '', '1', '1.50'].map((cell, at) => change[at] ?? cell).join(',');

  it.each([
    ['an empty order_id', row({ 0: '' })],
    ['a date that does not exist', row({ 1: '2024-02-30T10:00:00' })],
    ['an hour that does not exist', row({ 1: '2024-02-03T24:00:00' })],
    ['a time that is none', row({ 1: 'yesterday' })],
    ['an empty code', row({ 2: ' ' })],
    ['a code that is too long', row({ 2: 'x'.repeat(201) })],
    ['an empty name', row({ 3: '' })],
    ['a name that is too long', row({ 3: 'x'.repeat(501) })],
    ['a name with NUL', row({ 3: 'a\u0000b' })],
    ['a name with a tab', row({ 3: '"a\tb"' })],
    ['a name that is not UTF-8', row({ 3: 'a\uFFFDb' })],
    ['a category that is too long', row({ 4: 'x'.repeat(201) })],
    ['quantity 0', row({ 5: '0.000' })],
    ['a quantity with four decimals', row({ 5: '0.0005' })],
    ['a quantity that is no number', row({ 5: 'two' })],
    ['a quantity that is too large', row({ 5: '1000000.001' })],
    ['a negative price', row({ 6: '-1.50' })],
    ['a price with more decimals than the currency', row({ 6: '1.505' })],
    ['a price that is no number', row({ 6: '1,5'.replace(',', "'") })],
    ['an empty price', row({ 6: '' })],
    ['a huge price', row({ 6: '999999999999999999999' })],
    ['a line that comes to too much', row({ 5: '1000000', 6: '90000000.00' })],
    ['too few columns', '2,2024-01-01T10:00:00,coffee'],
  ])('names the line of %s and leaves nothing behind', async (_what, broken) => {
    const folder = shop([good, broken, good]);
    await expect(folder.run()).rejects.toMatchObject({
      name: 'OrdersFileFault',
      code: 'ORDERS_INVALID',
      rows: [{ line: 3 }],
    });
    expect(folder.hasLog).toBe(false);
  });

  it('names the first 20 broken rows and counts the rest', async () => {
    const folder = shop(Array.from({ length: 50 }, () => row({ 5: '0' })));
    const fault = await folder.run().catch((cause: unknown) => cause);
    const { message, rows } = fault as OrdersFileFault;
    expect(message).toContain('50 rows');
    expect(message).toContain('line 21: quantity “0”');
    expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
  });

  it.each([
    ['nothing at all', ''],
    ['only a header', `${header}\n`],
    ['no column “quantity”', `${header.replace('quantity', 'amount')}\n${good}\n`],
    ['a column twice', `${header},code\n${good},x\n`],
    ['a quote that is not closed', `${header}\n1,2024-01-01T10:00:00,"coffee,Coffee,,1,1.50\n`],
    ['text behind a quote', `${header}\n1,2024-01-01T10:00:00,"cof"fee,Coffee,,1,1.50\n`],
    ['1001 lines in one order', `${header}\n${`${good}\n`.repeat(1001)}`],
    ['an order that is too large for one event', `${header}\n${`${row({ 3: 'شاي '.repeat(125) })}\n`.repeat(600)}`],
    [
      'a day that comes to too much',
      `${header}
${row({ 0: 'a', 6: '60000000000' })}
${row({ 0: 'b', 6: '60000000000' })}
`,
    ],
    ['an order that comes to too much', `${header}\n${`${row({ 6: '60000000000' })}\n`.repeat(2)}`],
  ])('refuses %s', async (_what, text) => {
    const folder = shop(text);
    await expect(folder.run()).rejects.toMatchObject({ name: 'OrdersFileFault', code: 'ORDERS_INVALID' });
    expect(folder.hasLog).toBe(false);
  });

  it('refuses a file that is not there and a currency that does not exist', async () => {
    const folder = shop([good]);
    await expect(folder.run({ ordersPath: join(folder.path, 'none.csv') })).rejects.toMatchObject({
      code: 'ORDERS_UNREADABLE',
    });
    await expect(folder.run({ ordersPath: folder.path })).rejects.toMatchObject({ code: 'ORDERS_UNREADABLE' });
    await expect(folder.run({ currency: 'XXX' })).rejects.toMatchObject({ code: 'UNKNOWN_CURRENCY' });
    expect(folder.hasLog).toBe(false);
  });

  it('leaves a log that is there as it was', async () => {
    const folder = shop([good]);
    await folder.run();
    const before = folder.events();
    writeFileSync(folder.orders, [header, good, row({ 5: '0' })].join('\n'));
    await expect(folder.run()).rejects.toMatchObject({ code: 'ORDERS_INVALID' });
    expect(folder.events()).toEqual(before);
  });
});
