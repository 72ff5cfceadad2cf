import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machinePorts } from '../../src/ports.js';
import { importCatalogFile, type ImportSettings } from '../../src/terminal/catalog-import-program.js';
import { addStaffMember } from '../../src/terminal/staff-program.js';
import { errorWith } from '../errors.js';
import { content, Till } from './http-fixture.js';

let till: Till;
beforeEach(() => (till = new Till()));
afterEach(() => till.remove());

const header = 'code,name,category,price,tax_rate,barcodes';
const importing = (text: string | null, more: Partial<ImportSettings> = {}) => {
  const path = join(till.folder, 'products.csv');
  if (text !== null) writeFileSync(path, text);
  return importCatalogFile({ path, dataDir: till.folder, currency: undefined, ports: machinePorts, ...more });
};
const tea = `\uFEFF${header}\ntea,شاي,,1.25,11,6281000000014\n`;
const fault = (code: string) => errorWith({ name: 'ImportFault', code });
const opened = async () => {
  await till.start({ catalog: null });
  const { events, terminal } = till;
  const { content: found } = terminal.recorder.catalog;
  await till.stop();
  return { events, content: found };
};

describe('A file that is imported into a till at rest', () => {
  it('is the first catalog of a till that has nobody, and the first manager is added to it', async () => {
    expect(await importing(tea)).toEqual({ catalog_version: -1, products: 1 });
    await addStaffMember({
      dataDir: till.folder,
      member: { staff_code: 'm', name: 'Mona', role: 'manager' },
      currency: 'USD',
      ports: machinePorts,
      readPin: () => Promise.resolve('739026'),
    });
    const { events, content: found } = await opened();
    expect(events.slice(0, 4)).toEqual(['TerminalStarted', 'CatalogApplied', 'TerminalStopped', 'CatalogApplied']);
    expect(events).not.toContain('TerminalRecovered');
    expect(found).toMatchObject({
      currency: 'USD',
      products: [{ code: 'tea', name: 'شاي', price_minor: 125, barcodes: ['6281000000014'] }],
      taxes: [{ tax_code: '11%', rate_ppm: 110_000, mode: 'inclusive' }],
      staff: [{ staff_code: 'm' }],
    });
    expect(await importing(tea)).toEqual({ catalog_version: -3, products: 1 });
    expect((await opened()).content?.staff).toEqual(found?.staff);
  });

  it('that is bad leaves the log and the catalog as they were', async () => {
    await till.start();
    await till.stop();
    await expect(importing(`${header}\ntea,Tea,,1.255,11,\n`)).rejects.toThrow(
      errorWith({
        name: 'ImportFault',
        code: 'CATALOG_INVALID',
        rows: [{ line: 2, reason: expect.anything() as string }],
      }),
    );
    await expect(importing(null, { path: join(till.folder, 'none.csv') })).rejects.toThrow(fault('FILE_UNREADABLE'));
    await expect(importing(tea, { currency: 'XYZ' })).rejects.toThrow(errorWith({ code: 'UNKNOWN_CURRENCY' }));
    const { events, content: found } = await opened();
    expect(events).toEqual(['TerminalStarted', 'CatalogApplied', 'TerminalStopped', 'TerminalStarted']);
    expect(found).toEqual(content);
  });

  it('is refused while another program has the till open', async () => {
    await till.start();
    await expect(importing(tea)).rejects.toThrow(errorWith({ code: 'FOLDER_IN_USE' }));
    await till.stop();
  });

  it('is refused once the till is enrolled', async () => {
    await importing(tea);
    const ids = { tenant_id: machinePorts.randomness.uuid(), store_id: machinePorts.randomness.uuid() };
    const names = { tenant_name: 'T', store_name: 'S', token: 't'.repeat(43), central_url: 'http://127.0.0.1:1' };
    writeFileSync(join(till.folder, 'enrolment.json'), JSON.stringify({ ...ids, ...names }));
    await expect(importing(tea)).rejects.toThrow(fault('ENROLLED'));
  });

  it('waits until the PINs can be read, which it would lose for ever', async () => {
    await till.start();
    await till.stop();
    rmSync(join(till.folder, 'device.secret'));
    await expect(importing(tea)).rejects.toThrow(errorWith({ name: 'StaffUnreadable' }));
  });
});
