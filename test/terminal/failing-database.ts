import type { Sqlite } from '../../src/events/sqlite.js';

/** What SQLite throws, as far as a program may rely on it. */
export class SqliteFault extends Error {
  constructor(readonly code: string) {
    super(`made to fail with ${code}`);
  }
}

const bound = (target: object, property: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, property);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
};

/** A real database in which a spec can make one statement fail. */
export class FailingDatabase {
  /** Hands every call on to the real database, unless it is to fail. */
  readonly db: Sqlite;
  /** Statements that ran since the last {@link failAt}. */
  statements = 0;
  private failing = 0;
  private code = '';
  private beginning: string | undefined;
  private onCommit: ((commit: () => void) => void) | undefined;

  constructor(real: Sqlite) {
    this.db = new Proxy(real, {
      get: (target, property) => {
        if (property === 'prepare') return (sql: string) => this.statement(target.prepare(sql), sql);
        if (property === 'exec') return (sql: string) => this.exec(target, sql);
        return bound(target, property);
      },
    });
  }

  /** Makes the n-th statement from now fail, once; BEGIN and the end of a transaction do not count. */
  failAt(statement: number, code = 'SQLITE_ERROR'): void {
    this.statements = 0;
    this.failing = statement;
    this.code = code;
  }

  /** Makes every BEGIN fail from now on. */
  failTheBeginning(code: string): void {
    this.beginning = code;
  }

  /** Puts something in the place of every COMMIT; undefined: nothing any more. */
  insteadOfCommit(instead: ((commit: () => void) => void) | undefined): void {
    this.onCommit = instead;
  }

  private count(): void {
    this.statements += 1;
    if (this.statements === this.failing) throw new SqliteFault(this.code);
  }

  private exec(target: Sqlite, sql: string): unknown {
    return this.run(sql, () => target.exec(sql));
  }

  private statement<S extends object>(real: S, sql: string): S {
    return new Proxy(real, {
      get: (target, property) => {
        if (!['run', 'get', 'all'].includes(String(property))) return bound(target, property);
        return (...values: unknown[]) =>
          this.run(sql, () => (bound(target, property) as (...args: unknown[]) => unknown)(...values));
      },
    });
  }

  private run(sql: string, real: () => unknown): unknown {
    if (sql.startsWith('BEGIN') && this.beginning !== undefined) throw new SqliteFault(this.beginning);
    if (sql === 'COMMIT' && this.onCommit) {
      this.onCommit(() => void real());
      return undefined;
    }
    if (!/^(BEGIN|COMMIT|ROLLBACK)/u.test(sql)) this.count();
    return real();
  }
}
