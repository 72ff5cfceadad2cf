import { Cluster, enrolAt } from '../test/central/database.js';
import { Fleet } from '../test/central/fleet.js';
import { Ingest } from '../src/central/ingest.js';
import { silentLog } from '../src/central/log.js';
import { machinePorts } from '../src/ports.js';
const fleet = new Fleet();
const cluster = await Cluster.start();
const { url, db } = await cluster.database();
const ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
const { terminal, known } = await enrolAt(db, fleet.add(), 'Bench');
terminal.db.pragma('synchronous = OFF');
terminal.db.transaction(() => { for (let i = 0; i < 10; i++) terminal.openSession().sell(99).closeSession(); })();
const events = terminal.sealed();
for (let i = 0; i < events.length; i += 100) await ingest.receive(known, terminal.request(events.slice(i, i + 100)), machinePorts.randomness.uuid());
console.log(await db.look(`SELECT name, setting FROM pg_settings WHERE name IN ('jit','jit_above_cost','shared_buffers','debug_assertions','fsync')`));
await db.inTenant(known.tenant_id, async (tx) => {
  for (const sql of [
    `SELECT contiguous_seq FROM progress WHERE tenant_id = $1 AND terminal_id = $2 AND epoch = 1`,
    `SELECT e.seq FROM unnest(ARRAY[1,2,3]::bigint[]) w(seq) JOIN events e ON e.tenant_id = $1 AND e.terminal_id = $2 AND e.epoch = 1 AND e.seq = w.seq`,
    `WITH wanted AS MATERIALIZED (SELECT DISTINCT epoch, seq FROM unnest(array_fill(1::bigint, ARRAY[100]), (SELECT array_agg(g) FROM generate_series(900::bigint, 999) g)) AS w (epoch, seq))
SELECT e.local_id::text, EXISTS (SELECT 1 FROM unprojected u WHERE u.tenant_id = e.tenant_id AND u.local_id = e.local_id) AS unprojected FROM wanted w JOIN events e
  ON e.tenant_id = $1 AND e.terminal_id = $2 AND e.epoch = w.epoch AND e.seq = w.seq`,
    `WITH part AS MATERIALIZED (SELECT * FROM unnest(ARRAY[1]::bigint[], ARRAY[1000]::bigint[], ARRAY[9007199254740991]::bigint[]) AS p (epoch, from_seq, to_seq)),
decided AS (SELECT e.seq FROM part p JOIN events e ON e.tenant_id = $1 AND e.terminal_id = $2
      AND e.epoch = p.epoch AND e.seq BETWEEN p.from_seq AND p.to_seq)
SELECT min(seq) AS from_seq, max(seq) AS to_seq
FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM decided) AS numbered
GROUP BY island ORDER BY 1 LIMIT 20`
  ]) {
    for (let i = 0; i < 3; i++) { const t = performance.now();
    const { rows } = await tx.query('EXPLAIN (ANALYZE, BUFFERS) ' + sql, sql.includes('$2') ? [known.tenant_id, known.terminal_id] : []);
    if (i === 2) { console.log((performance.now() - t).toFixed(2)); for (const r of rows) console.log(r['QUERY PLAN']); } }
  }
});
fleet.close(); await cluster.stop(); void url;
