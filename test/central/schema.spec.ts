import { readFileSync } from 'node:fs';
import { Cluster } from './database.js';

let cluster: Cluster;
let url: string;
beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url } = await cluster.database());
}, 60_000);
afterAll(() => cluster.stop());

const ask = (sql: string): Promise<Record<string, unknown>[]> => cluster.asOwner(sql, url);

/** Tables of the program; the runner of the migrations has one of its own. */
const tables = `SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relowner FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'`;

describe('the live schema of central', () => {
  it('has a tenant in every table', async () => {
    const found = await ask(
      `SELECT t.relname, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id'
         AND a.attnotnull) AS has_tenant FROM (${tables}) t ORDER BY 1`,
    );
    expect(found.length).toBeGreaterThan(25);
    expect(found.filter(({ has_tenant }) => has_tenant !== true)).toEqual([]);
  });

  it('leads every primary, unique and foreign key and every index with the tenant, so that it distributes as it is', async () => {
    const indexes = await ask(
      `SELECT i.indexrelid::regclass::text AS name, a.attname AS first FROM pg_index i
       JOIN (${tables}) t ON t.oid = i.indrelid
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]`,
    );
    expect(indexes.length).toBeGreaterThan(30);
    expect(indexes.filter(({ first }) => first !== 'tenant_id')).toEqual([]);
    const constraints = await ask(
      `SELECT k.conname, a.attname AS first FROM pg_constraint k JOIN (${tables}) t ON t.oid = k.conrelid
       LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
       WHERE k.contype IN ('p', 'u', 'f', 'x')`,
    );
    expect(constraints.filter(({ first }) => first !== 'tenant_id')).toEqual([]);
    const keyless = await ask(
      `SELECT t.relname FROM (${tables}) t WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p')`,
    );
    expect(keyless).toEqual([]);
  });

  it('has no trigger, no rule, no sequence and no view', async () => {
    expect(await ask('SELECT tgname FROM pg_trigger WHERE NOT tgisinternal')).toEqual([]);
    const others = `SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind NOT IN ('r', 'p', 'i', 'I', 't') AND c.relname NOT LIKE 'migrations%'`;
    expect(await ask(others)).toEqual([]);
    expect(await ask(`SELECT rulename FROM pg_rules WHERE schemaname = 'public'`)).toEqual([]);
  });

  it('forces row-level security on every table, with one rule for reading and writing', async () => {
    const open = await ask(`SELECT relname FROM (${tables}) t WHERE NOT (relrowsecurity AND relforcerowsecurity)`);
    expect(open).toEqual([]);
    const policies = await ask(
      `SELECT t.relname FROM (${tables}) t LEFT JOIN pg_policies p ON p.tablename = t.relname AND p.policyname = 'own_tenant'
       WHERE p.qual IS NULL OR p.with_check IS NULL OR p.qual NOT LIKE '%app.tenant_id%'`,
    );
    expect(policies).toEqual([]);
  });

  it('gives the application no table of its own, and no right to change what must stay', async () => {
    const owned = await ask(
      `SELECT relname FROM (${tables}) t JOIN pg_roles r ON r.oid = t.relowner WHERE r.rolname IN ('tillog_app', 'tillog_directory')`,
    );
    expect(owned).toEqual([]);
    const rights = await ask(
      `SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS may FROM information_schema.role_table_grants
       WHERE grantee = 'tillog_app' AND table_name IN ('events', 'batches', 'catalogs') GROUP BY 1 ORDER BY 1`,
    );
    expect(rights.map(({ may }) => may)).toEqual(['INSERT SELECT', 'INSERT SELECT', 'INSERT SELECT']);
    const others = await ask(`SELECT grantee, table_name FROM information_schema.role_table_grants
      WHERE table_schema = 'public' AND grantee = 'PUBLIC'`);
    expect(others).toEqual([]);
  });
});

describe('docs/scaling.md', () => {
  it('names every table that is distributed', async () => {
    const found = (await ask(`SELECT relname FROM (${tables}) t ORDER BY 1`)).map(({ relname }) => String(relname));
    const sql = /```sql([\s\S]*?)```/u.exec(readFileSync('docs/scaling.md', 'utf8'))?.[1] ?? '';
    const named = new Set([...sql.matchAll(/'(\w+)'/gu)].map(([, name]) => name));
    expect([...named].filter((name) => name !== 'tenant_id' && name !== 'local').sort()).toEqual(found);
  });
});
