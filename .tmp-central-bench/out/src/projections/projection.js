/** Writes a column with what it promises. */
export const column = (type, says) => ({ type, says });
/** Forgets the row type. Safe because a table writer hands a projection only rows that the projection made. */
export const anyProjection = (projection) => ({
    table: projection.table,
    key: projection.key,
    columns: projection.columns,
    indexes: projection.indexes,
    keys: (event) => projection.keys(event),
    reduce: (row, event, key) => projection.reduce(row, event, key),
});
/** Folds events into rows in memory, in the order given. */
export const foldRows = (projection, events) => {
    const rows = new Map();
    for (const event of events) {
        for (const key of projection.keys(event))
            rows.set(key, projection.reduce(rows.get(key), event, key));
    }
    return rows;
};
