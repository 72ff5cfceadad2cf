import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { CentralDatabase } from '../../src/central/database.js';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/central/embedded-postgres.js';
import { enrol, type KnownTerminal } from '../../src/central/enrolment.js';
import { migrate } from '../../src/central/migrations.js';
import { createCode } from '../../src/central/tenants.js';
import { superuser } from '../../src/central/postgres-cluster.js';
import { machineClock, machinePorts, machineRandomness, type Ports, silentLog } from '../../src/ports.js';
import type { TillTerminal } from './fleet.js';

/** A clock that a test can set. */
export class TestClock {
  /** Added to the wall clock and to the monotonic one, in ms. */
  ahead = 0;
  readonly ports: Ports = {
    ...machinePorts,
    clock: {
      ...machineClock,
      wall: () => machineClock.wall() + this.ahead,
      monotonic: () => machineClock.monotonic() + this.ahead,
    },
  };
}

/** Enrols a terminal, and puts that into its log. */
export const enrolAt = async (
  db: CentralDatabase,
  terminal: TillTerminal,
  tenant: string,
  ports = machinePorts,
): Promise<{ terminal: TillTerminal; known: KnownTerminal }> => {
  const { terminal_id, publicKey: public_key } = terminal;
  const code = await createCode(db, { tenant, store: 'Main store' }, ports);
  const answer = await enrol(db, { code, terminal_id, public_key }, ports);
  terminal.enrolled(answer);
  return { terminal, known: { tenant_id: answer.tenant_id, terminal_id, public_key } };
};

/** A real PostgreSQL for the specs of one file, with as many empty databases as they want. */
export class Cluster {
  private readonly databases: CentralDatabase[] = [];

  private constructor(
    private readonly postgres: EmbeddedPostgres,
    /** The data folder of a central whose database is the one that every cluster has. */
    readonly folder: string,
  ) {}

  static async start(): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'tillog-central-'));
    const { bytes } = machineRandomness;
    const postgres = await openEmbeddedPostgres({
      dataDir: folder,
      role: 'owner',
      randomBytes: bytes,
      sleep: (ms) => machineClock.sleep(ms),
    });
    return new Cluster(postgres, folder);
  }

  /** The address of the database that every cluster has. */
  get url(): string {
    return this.postgres.url;
  }

  /** The address of a new, empty database. */
  async emptyDatabase(): Promise<string> {
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    const url = new URL(this.postgres.url);
    await this.asOwner(`CREATE DATABASE ${name} OWNER ${url.username}`);
    url.pathname = `/${name}`;
    return url.toString();
  }

  /** A new database with the present schema. */
  async database(): Promise<{ url: string; db: CentralDatabase }> {
    const url = await this.emptyDatabase();
    await migrate(url, silentLog);
    return { url, db: this.connect(url) };
  }

  /** Another copy of central on the same database. */
  connect(url: string): CentralDatabase {
    const db = new CentralDatabase(url, silentLog);
    this.databases.push(db);
    return db;
  }

  /** Runs SQL as the superuser, past every guard. */
  async asOwner(sql: string, url = this.postgres.url): Promise<Record<string, unknown>[]> {
    const client = await this.superuser(url);
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  }

  /** A connection of the superuser, which whoever asks for it ends. */
  async superuser(url = this.postgres.url): Promise<pg.Client> {
    const own = new URL(url);
    own.username = superuser;
    own.password = new URL(this.postgres.url).password;
    const client = new pg.Client({ connectionString: own.href });
    await client.connect();
    return client;
  }

  /** Ends PostgreSQL; its folder stays. */
  async halt(): Promise<void> {
    await Promise.all(this.databases.splice(0).map((db) => db.close()));
    await this.postgres.stop();
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
