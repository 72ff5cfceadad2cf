// A till with a large log, made of real events in a fraction of the time that selling takes: many in one transaction.
import { randomUUID } from 'node:crypto';
import { withPaperRecord } from '../dist/events/paper.js';
import { RecordSale, RecordSaleHandler } from '../dist/terminal/commands/record-sale.js';
import { markOf } from '../dist/terminal/known-commands.js';
import { authority, openTill, saleOf } from './till.mjs';

const salesAtOnce = 1000;

/**
 * Opens a till, in its own folder of that name, whose log holds at least so many events: sales of one line and the openings
 * of the drawer that belong to them, chained, folded, with their commands, and all acknowledged but the newest ones.
 */
export const openLargeTill = async (folder, name, events) => {
  const terminal = await openTill(folder, name);
  const { recorder, db } = terminal;
  await new RecordSaleHandler(recorder).execute(new RecordSale(randomUUID(), saleOf(1), authority));
  const [sale, opening] = recorder.log.read(recorder.log.head.seq - 2, 2).map(({ envelope }) => JSON.parse(envelope));
  while (recorder.log.head.seq < events) db.transaction(() => addSales(recorder, { sale, opening }))();
  recorder.witness();
  const all = "SELECT seq, local_id, local_id, '2026-01-01T00:00:00.000Z' FROM events";
  db.exec(
    `INSERT INTO verdicts (seq, local_id, remote_id, synced_at) ${all}; UPDATE outbox_frontier SET seq = ${recorder.log.head.seq}`,
  );
  db.pragma('wal_checkpoint(TRUNCATE)');
  return terminal;
};

const addSales = (recorder, { sale, opening }) => {
  const recorded = [];
  const paper = () => recorder.paperFacts.at(sale.seq, sale.session_id);
  let { receipts: receipt_index, receipt_prefix } = recorder.state;
  for (let count = 0; count < salesAtOnce; count += 1) {
    receipt_index += 1;
    const receipt_number = `${receipt_prefix}-${String(receipt_index).padStart(6, '0')}`;
    const { beginning, bytes } = markOf({ key: randomUUID(), body: null });
    const newId = () => beginning + randomUUID().slice(8);
    const local_id = newId();
    const sold = { ...sale, local_id, data: { ...sale.data, receipt_index, receipt_number } };
    recorded.push(
      recorder.log.append(withPaperRecord(sold, paper), bytes),
      recorder.log.append({ ...opening, local_id: newId(), data: { ...opening.data, cause_local_id: local_id } }),
    );
  }
  recorder.project(recorded);
};
