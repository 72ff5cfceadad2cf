import type { CentralDatabase } from '../../src/central/database.js';
import type { KnownTerminal } from '../../src/central/enrolment.js';
import { readText, type SealedEvent } from '../../src/events/envelope.js';
import { readPostgresCells } from '../../src/projections/postgres-tables.js';
import { foldRows } from '../../src/projections/projection.js';
import { centralReadModels } from '../../src/projections/read-models.js';

/** What a table of central holds of the company of a terminal. */
export const keptRows = (
  db: CentralDatabase,
  table: string,
  { known }: { known: KnownTerminal },
): Promise<Record<string, unknown>[]> =>
  db.inTenant(known.tenant_id, async (transaction) => {
    const { rows } = await transaction.query<Record<string, unknown>>(`SELECT * FROM ${table} WHERE tenant_id = $1`, [
      known.tenant_id,
    ]);
    return rows;
  });

/** What the events of a log come to when they are folded in memory, beside what stands in central's tables. */
export const expectFolded = async (
  db: CentralDatabase,
  shop: { known: KnownTerminal },
  events: readonly SealedEvent[],
): Promise<void> => {
  const folded = events.map(({ event }) => readText(event));
  for (const model of centralReadModels) {
    const stored = (await keptRows(db, model.table, shop)).map((row) => [
      String(row[model.key]),
      readPostgresCells(model, row),
    ]);
    expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(foldRows(model, folded)));
  }
};
