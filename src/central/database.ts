import pg from 'pg';
import type { PreparedStatement } from '../projections/prepared-statement.js';
import type { Log } from '../ports.js';
import { quotedUuid } from './tenant.js';

/** A connection inside a transaction. */
export type Transaction = pg.PoolClient;

/** Takes a statement that was sent and that nothing waits for but the commit, which follows it at once. */
export type BeforeCommit = (sent: Promise<unknown>) => void;

/** The role as which the application works inside a tenant: it owns nothing and is bound by row-level security. */
export const appRole = 'tillog_app';

/** The role that may look tenants up by name or code, before the tenant of a request is known; it reads nothing else. */
export const directoryRole = 'tillog_directory';

/** Waiting for another copy that holds a terminal's lock ends after this, in ms. */
const lockMsMax = 15_000;
/** A transaction whose program went silent is ended after this, in ms, so that its locks do not stay. */
const idleMsMax = 60_000;

/** What one copy of central takes of its database, and how long it waits for it. */
export interface DatabaseLimits {
  readonly connectionsMax: number;
  /** Reaching the database, or waiting for one of the connections while all are in use, is given up after this. */
  readonly waitMsMax: number;
  /** A statement that takes longer is given up; the client tries again. */
  readonly statementMsMax: number;
}

const usualLimits: DatabaseLimits = { connectionsMax: 16, waitMsMax: 10_000, statementMsMax: 30_000 };

/** So many connections are kept for what is committed aside; each is taken for one statement. */
const asideMax = 2;

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];

const int8: TypeId = pg.types.builtins.INT8;

// Every bigint of the schema is a JavaScript integer that was checked on its way in, so it comes back as one.
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: TypeId, format?: 'text') =>
    oid === int8 ? Number : (pg.types.getTypeParser(oid, format) as unknown)) as typeof pg.types.getTypeParser,
};

/** A statement with what stands in its places. */
type Valued = PreparedStatement & { readonly values: unknown[] };

/** Statements are sent as they are asked for, without waiting for the answers of those before; the types do not know it. */
const pipelined = { pipeline: true };

/**
 * The PostgreSQL of central. Whoever uses it works inside one tenant: the transaction takes on a role that owns nothing
 * and that row-level security binds.
 */
export class CentralDatabase {
  private readonly pool: pg.Pool;
  /** Whoever holds a connection already takes another one from here, so that they never wait for one another. */
  private readonly aside: pg.Pool;
  private readonly busy = new Set<Transaction>();
  /** How every transaction begins. */
  private readonly beginning: string;

  /** Connects on first use. @param url `postgres://…`, never logged */
  constructor(url: string, log: Log, limits: Partial<DatabaseLimits> = {}) {
    const { connectionsMax, waitMsMax, statementMsMax } = { ...usualLimits, ...limits };
    this.beginning = [
      'BEGIN',
      `SET LOCAL statement_timeout = ${String(statementMsMax)}`,
      `SET LOCAL lock_timeout = ${String(lockMsMax)}`,
      `SET LOCAL idle_in_transaction_session_timeout = ${String(idleMsMax)}`,
    ].join('; ');
    const poolOf = (max: number): pg.Pool => {
      const pool = new pg.Pool({
        connectionString: url,
        max,
        connectionTimeoutMillis: waitMsMax,
        application_name: 'tillog-central',
        types,
        ...pipelined,
      });
      // Without a listener, a connection that breaks would end the program; whoever uses it hears of it all the same.
      pool.on('error', () => undefined);
      pool.on('connect', (client) => {
        client.on('error', ({ message }) => log.warn({ reason: message }, 'a connection to PostgreSQL was lost'));
      });
      return pool;
    };
    this.pool = poolOf(connectionsMax);
    this.aside = poolOf(asideMax);
  }

  /**
   * Runs `work` in one transaction that sees and changes only this tenant's rows. Commits when it resolves, rolls back
   * when it rejects.
   *
   * @param first further SQL without parameters, before the work
   */
  async inTenant<Result>(
    tenant_id: string,
    work: (transaction: Transaction, beforeCommit: BeforeCommit) => Promise<Result>,
    first: readonly string[] = [],
  ): Promise<Result> {
    return await this.transact([...asTenant(tenant_id), ...first], work);
  }

  /**
   * Runs `work` in one transaction as the owner of the tables, who alone may change what the application may only add.
   * Row-level security, which is forced, keeps it to this tenant's rows all the same, and so do its statements.
   *
   * @param first further SQL without parameters, before the work
   */
  async inTenantAsOwner<Result>(
    tenant_id: string,
    work: (transaction: Transaction) => Promise<Result>,
    first: readonly string[],
  ): Promise<Result> {
    return await this.transact([inside(tenant_id), ...first], work);
  }

  /**
   * Runs one statement in a transaction of its own that sees and changes only this tenant's rows, in one round trip.
   * @returns its rows, once they are committed
   */
  inTenantOnce<Row extends object>(tenant_id: string, statement: Valued): Promise<readonly Row[]> {
    return this.once(this.pool, asTenant(tenant_id), statement);
  }

  /**
   * The same for somebody who may be inside a transaction, and need not survive a power cut of the database, only the end
   * of this program.
   */
  inTenantAside<Row extends object>(tenant_id: string, statement: Valued): Promise<readonly Row[]> {
    return this.once(this.aside, [...asTenant(tenant_id), 'SET LOCAL synchronous_commit = off'], statement);
  }

  /** Runs `work` in one transaction that may read which tenants there are, and nothing else. */
  inDirectory<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.transact([`SET LOCAL ROLE ${directoryRole}`], work);
  }

  /** Runs one statement as the user of `DATABASE_URL`; for settings and catalogs of PostgreSQL, never for data. */
  async look(sql: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.pool.query<Record<string, unknown>>(sql);
    return rows;
  }

  /** Whether the database answers. Never rejects. */
  async answers(): Promise<boolean> {
    return this.pool.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  /** How many connections are in use and idle, and how many requests wait for one. */
  get connections(): { readonly used: number; readonly idle: number; readonly waiting: number } {
    const { totalCount, idleCount: idle, waitingCount: waiting } = this.pool;
    return { used: totalCount - idle, idle, waiting };
  }

  /** Closes every connection. Whoever has work under way waits for it first: what is left of it is rolled back. */
  async close(): Promise<void> {
    const closed = Promise.all([this.pool.end(), this.aside.end()]);
    for (const { connection } of this.busy) connection.stream.destroy();
    await closed;
  }

  /** What the work asks for is sent right behind the beginning, without waiting: if that fails, so does all the rest. */
  private transact<Result>(
    first: readonly string[],
    work: (transaction: Transaction, beforeCommit: BeforeCommit) => Promise<Result>,
  ): Promise<Result> {
    return this.onClient(this.pool, (client) =>
      withSent(async (note) => {
        note(client.query(this.beginWith(first)));
        const done = await work(client, note);
        note(commit(client));
        return done;
      }),
    );
  }

  private once<Row extends object>(
    pool: pg.Pool,
    first: readonly string[],
    statement: Valued,
  ): Promise<readonly Row[]> {
    return this.onClient(pool, async (client) => {
      const begun = client.query(this.beginWith(first));
      const [, { rows }] = await Promise.all([begun, client.query<Row>(statement), commit(client)]);
      return rows;
    });
  }

  private beginWith(first: readonly string[]): string {
    return [this.beginning, ...first].join('; ');
  }

  private async onClient<Result>(pool: pg.Pool, work: (client: Transaction) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    let broken: Error | undefined;
    this.busy.add(client);
    try {
      return await work(client);
    } catch (cause) {
      broken = await rollBack(client);
      throw cause;
    } finally {
      this.busy.delete(client);
      client.release(broken);
    }
  }
}

const inside = (tenant_id: string): string => `SET LOCAL app.tenant_id = ${quotedUuid(tenant_id)}`;

const asTenant = (tenant_id: string): readonly string[] => [`SET LOCAL ROLE ${appRole}`, inside(tenant_id)];

/**
 * Does work that sends statements and does not wait for them; waits for them itself. After one that failed, every other
 * fails for that reason alone: the first one tells why.
 */
export const withSent = async <Result>(work: (note: BeforeCommit) => Promise<Result>): Promise<Result> => {
  const sent: Promise<unknown>[] = [];
  try {
    return await work((statement) => {
      // Until it is waited for, nobody is to be alarmed by one that fails.
      statement.catch(() => undefined);
      sent.push(statement);
    });
  } finally {
    for (const statement of sent) await statement;
  }
};

/** A COMMIT after a statement that failed succeeds as a ROLLBACK. */
const commit = async (client: Transaction): Promise<void> => {
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT')
    throw new Error('Invariant broken: a transaction is committed only when all of it succeeded');
};

/** Ends the transaction; an Error when the connection is of no use any more and must not go back to the pool. */
const rollBack = async (client: Transaction): Promise<Error | undefined> => {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause : new Error('The connection to PostgreSQL broke.', { cause });
  }
};

/** SQLSTATE of an error that PostgreSQL reported; undefined for any other error. */
export const sqlStateOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** The record itself cannot be stored or evaluated: a data error or a broken constraint. */
export const isDataError = (error: unknown): boolean => /^(22|23)/u.test(sqlStateOf(error) ?? '');

/** Two transactions got in each other's way: the same work may succeed the next time. */
export const isCollision = (error: unknown): boolean => ['40001', '40P01'].includes(sqlStateOf(error) ?? '');

/** The database is there, and more is asked of it than it can do at the moment. */
export const isOverload = (error: unknown): boolean =>
  /^53|^57014$|^55P03$/u.test(sqlStateOf(error) ?? '') ||
  (error instanceof Error && error.message === 'timeout exceeded when trying to connect');

/** PostgreSQL cannot be reached, is overloaded or shutting down: expected, over once it is back. */
export const isOutage = (error: unknown): boolean => {
  const state = sqlStateOf(error);
  if (state !== undefined) return /^(08|53|57|58)|^55P03$/u.test(state) || isCollision(error);
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (/^E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_AGAIN|NOTFOUND)/u.test(String(code))) return true;
  return /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/iu.test(
    String(message),
  );
};
