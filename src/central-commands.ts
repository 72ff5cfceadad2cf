import { resolve } from 'node:path';
import type { Command } from 'commander';
import { databaseOption, dataOption, storeOption, tenantOption, WrongUsage } from './command-options.js';
import { machinePorts } from './ports.js';

/** Adds what `tillog central` does beside running. */
export const addCentralTasks = (central: Command, say: (text: string) => void): void => {
  const codeTask = 'prints one fresh enrolment code and nothing else; makes the tenant and store that are not there';
  addDatabaseTask(central, 'code', codeTask)
    .addOption(tenantOption())
    .addOption(storeOption())
    .action(async (_own: object, command: Command) => {
      const options = command.optsWithGlobals<CentralPlace & { tenant: string; store: string }>();
      const { centralCode } = await import('./central/program.js');
      const { tenant, store } = options;
      say(`${await centralCode({ ...placeOf(options), ports: machinePorts }, { tenant, store })}\n`);
    });
  addDatabaseTask(central, 'migrate', 'brings the database to the present schema and does nothing else').action(
    async (_own: object, command: Command) => {
      const { centralMigrate } = await import('./central/program.js');
      await centralMigrate({ ...placeOf(command.optsWithGlobals()), ports: machinePorts });
    },
  );
  const adminTask = 'prints a fresh token for the back office of a company and nothing else, or makes an owner of it';
  addDatabaseTask(central, 'admin', adminTask)
    .addOption(tenantOption())
    .option('--user <username>', 'makes this person an owner; the password is asked for, or is a line of the input')
    .action(async (_own: object, command: Command) => {
      const { tenant, user, ...place } = command.optsWithGlobals<CentralPlace & { tenant: string; user?: string }>();
      const store = { ...placeOf(place), ports: machinePorts };
      const { centralAdmin, centralOwner } = await import('./central/program.js');
      if (user === undefined) {
        say(`${await centralAdmin(store, tenant)}\n`);
        return;
      }
      const { readPin: prompt } = await import('./terminal/pin-prompt.js');
      const password = await prompt(process.stdin, process.stderr, 'password');
      await centralOwner(store, { tenant, username: user, password });
      say(`${user} can sign in to the back office of ${tenant}\n`);
    });
  const rebuildTask = 'rebuilds what central adds up from the raw events while it runs, and says what differed';
  addDatabaseTask(central, 'rebuild', rebuildTask)
    .addOption(tenantOption())
    .action(async (_own: object, command: Command) => {
      const { tenant, ...place } = command.optsWithGlobals<CentralPlace & { tenant: string }>();
      const { centralRebuild } = await import('./central/program.js');
      const tables = await centralRebuild({ ...placeOf(place), ports: machinePorts }, tenant);
      for (const { table, rows, differing, keys } of tables) {
        const which = differing === 0 ? '' : ` and now say what the events say: ${keys.join(', ')}`;
        const others = differing > keys.length ? ', …' : '';
        say(`${table}: ${rows} rows, ${differing} differed${which}${others}\n`);
      }
      process.exitCode = tables.every(({ differing }) => differing === 0) ? 0 : 1;
    });
  addTerminalTasks(central);
  addCertificateTasks(central, say);
};

const addTerminalTasks = (central: Command): void => {
  const revokes = 'takes nothing more from a terminal until it is enrolled again; what it recorded is not lost';
  addDatabaseTask(central, 'revoke', revokes)
    .argument('<terminal>', 'id of the terminal')
    .addOption(tenantOption())
    .action(async (terminal_id: string, _own: object, command: Command) => {
      const options = command.optsWithGlobals<CentralPlace & { tenant: string }>();
      const { centralRevoke } = await import('./central/program.js');
      await centralRevoke({ ...placeOf(options), ports: machinePorts }, { tenant: options.tenant, terminal_id });
    });
  addDatabaseTask(
    central,
    'rotate',
    'asks a terminal to take another token, which it does by itself; the one before ends with that',
  )
    .argument('<terminal>', 'id of the terminal')
    .addOption(tenantOption())
    .action(async (terminal_id: string, _own: object, command: Command) => {
      const options = command.optsWithGlobals<CentralPlace & { tenant: string }>();
      const { centralRotate } = await import('./central/program.js');
      const name = { tenant: options.tenant, terminal_id };
      await centralRotate({ ...placeOf(options), ports: machinePorts }, name);
    });
};

const addCertificateTasks = (central: Command, say: (text: string) => void): void => {
  const certifies =
    'prints a signed certificate that the log of a terminal is complete on a business date; refused where not';
  addDatabaseTask(central, 'certificate', certifies)
    .argument('<terminal>', 'id of the terminal')
    .argument('<date>', 'the business date, YYYY-MM-DD')
    .addOption(tenantOption())
    .action(async (terminal_id: string, date: string, _own: object, command: Command) => {
      const options = command.optsWithGlobals<CentralPlace & { tenant: string }>();
      const { centralCertificate } = await import('./central/program.js');
      const name = { tenant: options.tenant, terminal_id };
      const signed = await centralCertificate({ ...placeOf(options), ports: machinePorts }, name, date);
      say(`${JSON.stringify(signed, null, 2)}\n`);
    });
  const lists = 'prints the public keys that sign certificates, the newest first, each with the time in which it signs';
  addDatabaseTask(central, 'certificate-keys', lists)
    .addOption(tenantOption())
    .option('--rotate', 'takes another key from now on; certificates of the one before stay good')
    .action(async (_own: object, command: Command) => {
      const options = command.optsWithGlobals<CentralPlace & { tenant: string; rotate?: true }>();
      const { centralCertificateKeys } = await import('./central/program.js');
      const store = { ...placeOf(options), ports: machinePorts };
      const keys = await centralCertificateKeys(store, options.tenant, options.rotate ?? false);
      for (const { public_key, created_at, retired_at } of keys) {
        say(`${public_key}  ${created_at.toISOString()}  ${retired_at?.toISOString() ?? 'signs now'}\n`);
      }
    });
};

/** Adds a task that opens the database of central. */
export const addDatabaseTask = (central: Command, name: string, description: string): Command =>
  central
    .command(name)
    .description(description)
    .addOption(dataOption('data folder of central').makeOptionMandatory(false))
    .addOption(databaseOption());

/** Where central keeps its data, as it was said. */
export interface CentralPlace {
  readonly data?: string;
  readonly databaseUrl?: string;
}

/** Where central keeps its data. @throws WrongUsage */
export const placeOf = ({ data, databaseUrl }: CentralPlace): { dataDir: string } | { databaseUrl: string } => {
  if (databaseUrl !== undefined) return { databaseUrl };
  if (data !== undefined) return { dataDir: resolve(data) };
  throw new WrongUsage('Say where central keeps its data: --data DIR or --database-url URL.');
};
