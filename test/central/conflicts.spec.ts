import { randomUUID } from 'node:crypto';
import { cashier, coffee } from './fleet.js';
import { Office } from './office.js';
import { bread, refund, refundUnseen, saleOf, sell } from './shop-floor.js';

let office: Office;
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(() => office.stop());

describe('a receipt refunded on two terminals', () => {
  it('is a conflict with the amount and both actors, but not while no more came back than was sold', async () => {
    const [seller, other] = [await office.enrol('Twice'), await office.enrol('Twice')];
    for (const { terminal } of [seller, other]) terminal.openSession();
    const sale_local_id = sell(seller.terminal, [coffee, bread]);
    const sale = saleOf(seller.terminal, sale_local_id);
    refundUnseen(other.terminal, sale, [bread]);
    await office.send(other);
    await office.send(seller);
    expect(await office.list('Twice', '/v1/conflicts')).toEqual([]);
    refund(seller.terminal, sale, 1, 350);
    refundUnseen(other.terminal, sale, [coffee]);
    await office.send(other);
    await office.send(seller);
    const conflicts = await office.list('Twice', '/v1/conflicts');
    expect(conflicts).toMatchObject([
      {
        sale_local_id,
        receipt_number: sale.data.receipt_number,
        sold_minor: 450,
        returned_minor: 800,
        excess_minor: 350,
        currency: 'USD',
      },
    ]);
    const actors = (conflicts[0]?.['corrections'] as { terminal_id: string; staff_id: string }[]).map(
      (one) => one.terminal_id,
    );
    expect(new Set(actors)).toEqual(new Set([seller.terminal.terminal_id, other.terminal.terminal_id]));
    expect(await office.list('Somebody else', '/v1/conflicts')).toEqual([]);
  });

  it('is a conflict too when the other terminal knows the number on its paper and nothing else', async () => {
    const [seller, other] = [await office.enrol('By number'), await office.enrol('By number')];
    for (const { terminal } of [seller, other]) terminal.openSession();
    const sale = saleOf(seller.terminal, sell(seller.terminal, [coffee]));
    refundUnseen(other.terminal, sale, [coffee], ` ${sale.data.receipt_number.toLowerCase()} `);
    await office.send(other);
    expect(await office.list('By number', '/v1/conflicts')).toEqual([]);
    await office.send(seller);
    expect(await office.list('By number', '/v1/conflicts')).toEqual([]);
    refund(seller.terminal, sale, 1, 350);
    await office.send(seller);
    const [conflict] = await office.list('By number', '/v1/conflicts');
    expect(conflict).toMatchObject({ sale_local_id: sale.local_id, returned_minor: 700, excess_minor: 350 });
    const found = conflict?.['corrections'] as { terminal_id: string; sale_local_id: string | null }[];
    expect(new Map(found.map((one) => [one.terminal_id, one.sale_local_id]))).toEqual(
      new Map([
        [seller.terminal.terminal_id, sale.local_id],
        [other.terminal.terminal_id, null],
      ]),
    );
    const { body } = await office.ask(`GET /v1/receipts/${sale.local_id}`, { token: await office.admin('By number') });
    expect((body as { corrections: unknown[] }).corrections).toHaveLength(2);
  });

  it('is a conflict when a terminal that did not make it gives back more than was sold, once', async () => {
    const [seller, other] = [await office.enrol('Once'), await office.enrol('Once')];
    for (const { terminal } of [seller, other]) terminal.openSession();
    const sale = saleOf(seller.terminal, sell(seller.terminal, [bread]));
    refundUnseen(other.terminal, sale, [coffee], sale.data.receipt_number);
    for (const till of [seller, other]) await office.send(till);
    expect(await office.list('Once', '/v1/conflicts')).toMatchObject([{ sold_minor: 100, excess_minor: 250 }]);
    await office.cluster.asOwner(
      `UPDATE events SET event = NULL, archived_at = now() WHERE local_id = '${sale.local_id}'`,
      office.databaseUrl,
    );
    // What is archived still shows.
    expect(await office.list('Once', '/v1/conflicts')).toMatchObject([{ sold_minor: 100, excess_minor: 250 }]);
    expect(await office.list('Once', `/v1/receipts?receipt_number=${sale.data.receipt_number}`)).toHaveLength(1);
  });

  it('is a conflict too when one terminal voids it while another refunds it', async () => {
    const [seller, other] = [await office.enrol('Void'), await office.enrol('Void')];
    for (const { terminal } of [seller, other]) terminal.openSession();
    const sale = saleOf(seller.terminal, sell(seller.terminal, [coffee]));
    refundUnseen(other.terminal, sale, [coffee]);
    seller.terminal.do({ type: 'VoidSale', local_id: randomUUID(), sale, reason: 'wrong', authority: cashier });
    for (const till of [other, seller]) await office.send(till);
    expect(await office.list('Void', '/v1/conflicts')).toMatchObject([{ returned_minor: 700, excess_minor: 350 }]);
  });
});
