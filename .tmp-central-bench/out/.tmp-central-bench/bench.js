import { Cluster, enrolAt } from '../test/central/database.js';
import { Fleet } from '../test/central/fleet.js';
import { Ingest } from '../src/central/ingest.js';
import { inspect } from '../src/central/inspection.js';
import { silentLog } from '../src/central/log.js';
import { machinePorts } from '../src/ports.js';
const fleet = new Fleet();
const cluster = await Cluster.start();
const { url, db } = await cluster.database();
const ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
const { terminal, known } = await enrolAt(db, fleet.add(), 'Bench');
terminal.db.pragma('synchronous = OFF');
const pid = Number((await db.look('SELECT pg_backend_pid() AS p'))[0].p);
void pid;
const { readFileSync: rf } = await import('node:fs');
const pgCpu = () => { let sum = 0; for (const d of require0('/proc')) {
    try {
        const st = rf('/proc/' + d + '/stat', 'utf8');
        if (!st.includes('(postgres'))
            continue;
        const f = st.slice(st.lastIndexOf(')') + 2).split(' ');
        sum += Number(f[11]) + Number(f[12]);
    }
    catch { /* gone */ }
} return sum * 10; };
const { readdirSync } = await import('node:fs');
const require0 = (x) => readdirSync(x).filter((n) => /^\d+$/.test(n));
const N = Number(process.argv[2] ?? 10000);
terminal.db.transaction(() => { for (let i = 0; i < N / 200; i++)
    terminal.openSession().sell(99).closeSession(); })();
const events = terminal.sealed();
console.log('events', events.length, 'bytes each', Math.round(events.reduce((s, e) => s + e.event.length, 0) / events.length));
let t = performance.now();
for (const e of events)
    inspect(e, known);
console.log('inspect alone', Math.round(events.length / ((performance.now() - t) / 1000)), 'events/s');
for (const round of [1, 2]) {
    t = performance.now();
    const c0 = process.cpuUsage();
    const p0 = pgCpu();
    const times = [];
    for (let i = 0; i < events.length; i += 100) {
        const b = performance.now();
        const a = await ingest.receive(known, terminal.request(events.slice(i, i + 100)), machinePorts.randomness.uuid());
        if (a.rejected.length)
            throw new Error(JSON.stringify(a.rejected[0]));
        times.push(performance.now() - b);
    }
    const c1 = process.cpuUsage(c0);
    console.log('cpu per batch: node', ((c1.user + c1.system) / 1000 / times.length).toFixed(2), 'ms, postgres', ((pgCpu() - p0) / times.length).toFixed(2), 'ms');
    times.sort((a, b) => a - b);
    console.log(round === 1 ? 'new' : 'duplicates', Math.round(events.length / ((performance.now() - t) / 1000)), 'events/s; batch p50', times[times.length >> 1]?.toFixed(1), 'ms p99', times[Math.floor(times.length * 0.99)]?.toFixed(1));
}
t = performance.now();
for (let i = 0; i < 200; i++)
    await ingest.receive(known, terminal.request([]), machinePorts.randomness.uuid());
console.log('heartbeat', ((performance.now() - t) / 200).toFixed(2), 'ms');
// bare insert floor
const client = await db.inTenant(known.tenant_id, async (tx) => {
    const t0 = performance.now();
    for (let i = 0; i < 200; i++)
        await tx.query('SELECT 1');
    return (performance.now() - t0) / 200;
});
console.log('round trip', client.toFixed(3), 'ms');
fleet.close();
await cluster.stop();
void url;
