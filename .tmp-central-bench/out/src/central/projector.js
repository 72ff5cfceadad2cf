import { foldIntoPostgres } from '../projections/postgres-tables.js';
import { isDataError, sqlStateOf } from './database.js';
/** Folds events into every read model. One that a read model cannot take in lets all of them fail. */
export const project = async (transaction, tenant_id, readModels, events) => {
    if (events.length === 0)
        return;
    for (const readModel of readModels)
        await foldIntoPostgres(transaction, tenant_id, readModel, events);
};
/** The item that was at work is to blame, not the database: trying the others without it makes sense. */
export const isPoison = (error) => sqlStateOf(error) === undefined || isDataError(error);
/**
 * Does `work` on all items, behind a savepoint; where that fails because of an item, on each half, and so on, until what
 * fails stands alone. Everything that did not fail is done.
 *
 * @returns the items that failed, with the error of each
 */
export const isolate = async (transaction, items, work) => {
    const [first, ...others] = items;
    if (first === undefined)
        return [];
    await transaction.query('SAVEPOINT isolation');
    try {
        await work(items);
        await transaction.query('RELEASE SAVEPOINT isolation');
        return [];
    }
    catch (cause) {
        if (!(cause instanceof Error) || !isPoison(cause))
            throw cause;
        await transaction.query('ROLLBACK TO SAVEPOINT isolation; RELEASE SAVEPOINT isolation');
        if (others.length === 0)
            return [{ item: first, error: cause }];
    }
    const middle = Math.ceil(items.length / 2);
    const left = await isolate(transaction, items.slice(0, middle), work);
    return [...left, ...(await isolate(transaction, items.slice(middle), work))];
};
