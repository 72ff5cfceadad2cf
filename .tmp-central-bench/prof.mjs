import pg from 'pg';
const stats = new Map();
const orig = pg.Client.prototype.query;
pg.Client.prototype.query = function (...args) {
  const text = typeof args[0] === 'string' ? args[0] : args[0]?.text ?? '';
  const t = performance.now();
  const r = orig.apply(this, args);
  if (r && r.then) r.then(() => { const k = text.replace(/\s+/g, ' ').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g,'U').slice(0, 150); const s = stats.get(k) ?? [0, 0]; s[0]++; s[1] += performance.now() - t; stats.set(k, s); }, () => {});
  return r;
};
process.on('exit', () => { for (const [k, [n, ms]] of [...stats].sort((a, b) => b[1][1] - a[1][1]).slice(0, 18)) console.log((ms / n).toFixed(2).padStart(8), String(n).padStart(6), k); });
await import('./out/.tmp-central-bench/bench.js');
