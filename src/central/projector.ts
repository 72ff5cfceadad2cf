import type { TillEvent } from '../domain/event.js';
import { Folding } from '../projections/postgres-tables.js';
import type { AnyProjection } from '../projections/projection.js';
import { isDataError, sqlStateOf, type Transaction, withSent } from './database.js';

/** An event that a read model could not take in, and why. */
export interface Unprojected {
  readonly event: TillEvent;
  readonly reason: string;
  /** How often evaluating it ended the program; left out where it merely failed. */
  readonly deaths?: number;
}

/** Folds events into every read model. One that a read model cannot take in lets all of them fail. */
export const project = async (
  transaction: Transaction,
  tenant_id: string,
  readModels: readonly AnyProjection[],
  events: readonly TillEvent[],
): Promise<void> => {
  if (events.length === 0) return;
  await withSent(async (onSent) => {
    const folding = new Folding({ db: transaction, tenant_id, projections: readModels, onSent });
    folding.add(events);
    await folding.finish();
  });
};

/** The item that was at work is to blame, not the database: trying the others without it makes sense. */
export const isPoison = (error: unknown): boolean => sqlStateOf(error) === undefined || isDataError(error);

/**
 * Does `work` on all items, behind a savepoint; where that fails because of an item, on each half, and so on, until what
 * fails stands alone. Everything that did not fail is done.
 *
 * @returns the items that failed, with the error of each
 */
export const isolate = async <Item>(
  transaction: Transaction,
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<void>,
): Promise<readonly { readonly item: Item; readonly error: Error }[]> => {
  const [first, ...others] = items;
  if (first === undefined) return [];
  await transaction.query('SAVEPOINT isolation');
  try {
    await work(items);
    await transaction.query('RELEASE SAVEPOINT isolation');
    return [];
  } catch (cause) {
    if (!(cause instanceof Error) || !isPoison(cause)) throw cause;
    await transaction.query('ROLLBACK TO SAVEPOINT isolation; RELEASE SAVEPOINT isolation');
    if (others.length === 0) return [{ item: first, error: cause }];
  }
  const middle = Math.ceil(items.length / 2);
  const left = await isolate(transaction, items.slice(0, middle), work);
  return [...left, ...(await isolate(transaction, items.slice(middle), work))];
};
