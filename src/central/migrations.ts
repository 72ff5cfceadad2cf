import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MigrationBuilder, runner } from 'node-pg-migrate';
import pg from 'pg';
import { initialSchema } from './initial-schema.js';
import type { Log } from '../ports.js';

/** Every step from an empty database to the present one, oldest first. A released step is never edited. */
const steps: readonly { readonly name: string; readonly sql: string }[] = [
  { name: '0001_initial', sql: initialSchema },
];

const here = fileURLToPath(import.meta.url);

// The runner looks for files and asks a loader what is in them. The steps are ordinary modules, so that the compiled
// program needs nothing beside it: the runner is shown this file alone, and the loader answers with the steps.
const loader = (): Promise<
  { id: string; filePaths: string[]; actions: { up(pgm: MigrationBuilder): void; down: false } }[]
> =>
  Promise.resolve(
    steps.map(({ name, sql }) => ({
      id: name,
      filePaths: [here],
      actions: { up: (pgm: MigrationBuilder): void => pgm.sql(sql), down: false as const },
    })),
  );

/**
 * Brings the database to the present schema. Does nothing when it is there already. Several copies may do so at once:
 * one works, the others wait for it.
 *
 * @param databaseUrl of a user who may create tables and roles
 */
export const migrate = async (databaseUrl: string, log: Log): Promise<void> => {
  // A connection of the runner's own would still be closing when this is over, and end the program where the server stops.
  const dbClient = new pg.Client({ connectionString: databaseUrl, application_name: 'tillog-central-migrate' });
  dbClient.on('error', ({ message }) => log.warn({ reason: message }, 'a connection to PostgreSQL was lost'));
  try {
    await dbClient.connect();
    await runUp(dbClient, log);
  } finally {
    await dbClient.end();
  }
};

const runUp = async (dbClient: pg.Client, log: Log): Promise<void> => {
  const name = basename(here).replaceAll('.', '\\.');
  await runner({
    dbClient,
    dir: fileURLToPath(new URL('.', import.meta.url)),
    ignorePattern: `(?!${name}$).*`,
    migrationLoaderStrategies: [{ extensions: ['.js', '.ts'], loader }],
    migrationsTable: 'migrations',
    direction: 'up',
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: {
      info: (message) => log.info({}, message),
      warn: (message) => log.warn({}, message),
      error: (message) => log.error({}, message),
    },
  });
};
