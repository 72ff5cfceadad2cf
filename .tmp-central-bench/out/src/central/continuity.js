/** So many missing ranges are named in one answer; the rest follows once these came. */
const rangesMax = 20;
/**
 * The stretches that make up the branch of an epoch, oldest first: its own events, and before them those of the epochs
 * that it goes on from. An epoch that central has not seen yet goes on from the newest one that it knows.
 */
export const branchOf = (epoch, starts) => {
    const known = new Map(starts.map((start) => [start.epoch, start]));
    const stretches = [];
    let at = isSeen(epoch, starts)
        ? epoch
        : Math.max(1, ...starts.map((start) => start.epoch).filter((other) => other < epoch));
    let to_seq = Number.MAX_SAFE_INTEGER;
    for (;;) {
        const start = known.get(at);
        stretches.unshift({ epoch: at, from_seq: start?.seq ?? 1, to_seq });
        // An epoch always goes on from an earlier one, so this ends.
        if (!start || start.previous.epoch >= at)
            return stretches;
        to_seq = start.previous.seq;
        at = start.previous.epoch;
    }
};
const isSeen = (epoch, starts) => epoch === 1 || starts.some((start) => start.epoch === epoch);
// OFFSET 0 makes each stretch a scan of just that part of an index, whatever the planner knows about the tables.
const islandsSql = `
WITH part AS MATERIALIZED (SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS p (epoch, from_seq, to_seq)),
decided AS (${['events', 'refused', 'forks']
    .map((table) => `SELECT kept.seq FROM part p CROSS JOIN LATERAL (SELECT e.seq FROM ${table} e WHERE e.tenant_id = $1
      AND e.terminal_id = $2 AND e.epoch = p.epoch AND e.seq BETWEEN p.from_seq AND p.to_seq OFFSET 0) AS kept`)
    .join(' UNION ')})
SELECT min(seq) AS from_seq, max(seq) AS to_seq
FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM decided) AS numbered
GROUP BY island ORDER BY 1 LIMIT ${String(rangesMax + 1)}`;
/**
 * Works out how far the branch is decided, from the stored progress on; from the start when the progress is not true any
 * more. Stores the new progress.
 *
 * @param tip the terminal's epoch and its last event: nothing is missing beyond it
 */
export const followBranch = async (transaction, sender, tip, starts) => {
    const { epoch, headSeq } = tip;
    const branch = branchOf(epoch, starts);
    const known = await storedProgress(transaction, sender, epoch);
    // The stored position itself is read again: after a restored backup it may be gone, and then nothing is believed.
    let islands = await readIslands(transaction, sender, from(branch, Math.max(1, known)));
    const isTrue = known > 1 && islands[0]?.[0] === known;
    if (known > 1 && !isTrue)
        islands = await readIslands(transaction, sender, branch);
    const contiguous_seq = endOf(islands[0], isTrue ? known : 1);
    // Until an epoch was seen, the branch before it stands in, of which only a part may be the terminal's.
    if (!isSeen(epoch, starts))
        return { contiguous_seq: Math.min(contiguous_seq, headSeq), missing: [] };
    if (contiguous_seq !== known)
        await storeProgress(transaction, sender, epoch, contiguous_seq);
    return { contiguous_seq, missing: gapsBetween(contiguous_seq, islands, headSeq) };
};
const endOf = (island, from_seq) => (island?.[0] === from_seq ? island[1] : 0);
const from = (branch, seq) => branch
    .filter(({ to_seq }) => to_seq >= seq)
    .map((stretch) => ({ ...stretch, from_seq: Math.max(stretch.from_seq, seq) }));
const readIslands = async (transaction, { tenant_id, terminal_id }, branch) => {
    const { rows } = await transaction.query(islandsSql, [
        tenant_id,
        terminal_id,
        branch.map(({ epoch }) => epoch),
        branch.map(({ from_seq }) => from_seq),
        branch.map(({ to_seq }) => to_seq),
    ]);
    return rows.map(({ from_seq, to_seq }) => [from_seq, to_seq]);
};
const gapsBetween = (contiguous_seq, islands, headSeq) => {
    const gaps = [];
    let reached = contiguous_seq;
    for (const [from_seq, to_seq] of islands) {
        if (from_seq > reached + 1 && reached < headSeq)
            gaps.push([reached + 1, Math.min(from_seq - 1, headSeq)]);
        reached = Math.max(reached, to_seq);
    }
    if (reached < headSeq && islands.length <= rangesMax)
        gaps.push([reached + 1, headSeq]);
    return gaps.slice(0, rangesMax);
};
const storedProgress = async (transaction, { tenant_id, terminal_id }, epoch) => {
    const { rows } = await transaction.query('SELECT contiguous_seq FROM progress WHERE tenant_id = $1 AND terminal_id = $2 AND epoch = $3', [tenant_id, terminal_id, epoch]);
    return rows[0]?.contiguous_seq ?? 0;
};
const storeProgress = async (transaction, { tenant_id, terminal_id }, epoch, contiguous_seq) => {
    await transaction.query(`INSERT INTO progress (tenant_id, terminal_id, epoch, contiguous_seq) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, terminal_id, epoch) DO UPDATE SET contiguous_seq = excluded.contiguous_seq`, [tenant_id, terminal_id, epoch, contiguous_seq]);
};
