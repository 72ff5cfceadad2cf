import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { CentralDatabase } from '../../src/central/database.js';
import { openEmbeddedPostgres } from '../../src/central/embedded-postgres.js';
import { enrol } from '../../src/central/enrolment.js';
import { silentLog } from '../../src/central/log.js';
import { migrate } from '../../src/central/migrations.js';
import { createCode } from '../../src/central/tenants.js';
import { machineClock, machinePorts, machineRandomness } from '../../src/ports.js';
/** A clock that a test can set. */
export class TestClock {
    /** Added to the wall clock and to the monotonic one, in ms. */
    ahead = 0;
    ports = {
        ...machinePorts,
        clock: {
            ...machineClock,
            wall: () => machineClock.wall() + this.ahead,
            monotonic: () => machineClock.monotonic() + this.ahead,
        },
    };
}
/** Enrols a terminal, and puts that into its log. */
export const enrolAt = async (db, terminal, tenant, ports = machinePorts) => {
    const { terminal_id, publicKey: public_key } = terminal;
    const code = await createCode(db, { tenant, store: 'Main store' }, ports);
    const answer = await enrol(db, { code, terminal_id, public_key }, ports);
    terminal.enrolled(answer);
    return { terminal, known: { tenant_id: answer.tenant_id, terminal_id, public_key } };
};
/** A real PostgreSQL for the specs of one file, with as many empty databases as they want. */
export class Cluster {
    postgres;
    folder;
    databases = [];
    constructor(postgres, folder) {
        this.postgres = postgres;
        this.folder = folder;
    }
    static async start() {
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
    get url() {
        return this.postgres.url;
    }
    /** The address of a new, empty database. */
    async emptyDatabase() {
        const name = `t_${randomUUID().replaceAll('-', '')}`;
        await this.asOwner(`CREATE DATABASE ${name}`);
        const url = new URL(this.postgres.url);
        url.pathname = `/${name}`;
        return url.toString();
    }
    /** A new database with the present schema. */
    async database() {
        const url = await this.emptyDatabase();
        await migrate(url, silentLog);
        return { url, db: this.connect(url) };
    }
    /** Another copy of central on the same database. */
    connect(url) {
        const db = new CentralDatabase(url, silentLog);
        this.databases.push(db);
        return db;
    }
    /** Runs SQL as the superuser, past every guard. */
    async asOwner(sql, url = this.postgres.url) {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        try {
            const { rows } = await client.query(sql);
            return rows;
        }
        finally {
            await client.end();
        }
    }
    async stop() {
        await Promise.all(this.databases.map((db) => db.close()));
        await this.postgres.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
