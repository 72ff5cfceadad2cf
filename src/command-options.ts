import { InvalidArgumentError, Option } from 'commander';

/** Where a program keeps its data; must be given. */
export const dataOption = (what: string) =>
  new Option('--data <dir>', what).env('TILLOG_DATA_DIR').makeOptionMandatory();
/** The address that a server listens on. */
export const hostOption = () =>
  new Option('--host <address>', 'address to listen on').env('TILLOG_HOST').default('127.0.0.1');
/** Central's address. */
export const centralOption = () =>
  new Option('--central <url>', 'address of central').env('TILLOG_CENTRAL_URL').argParser(url);
/** A PostgreSQL of one’s own. */
export const databaseOption = () =>
  new Option('--database-url <url>', 'PostgreSQL to use instead of an embedded one').env('DATABASE_URL');
/** The port that a server listens on. */
export const portOption = (port: number) =>
  new Option('--port <port>', 'port to listen on, 0 for a free one')
    .env('TILLOG_PORT')
    .argParser(portNumber)
    .default(port);
/** How often a terminal talks to central. */
export const intervalOption = () =>
  new Option('--sync-interval-ms <ms>', 'pause between two exchanges with central')
    .env('TILLOG_SYNC_INTERVAL_MS')
    .argParser(interval)
    .default(30_000);

/** A port as it is typed, 0 for a free one. */
export const portNumber = (text: string): number => {
  if (/^\d{1,5}$/u.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
};

const interval = (text: string): number => {
  if (/^\d{1,9}$/u.test(text) && Number(text) >= 10) return Number(text);
  throw new InvalidArgumentError('It must be at least 10 ms.');
};

const url = (text: string): string => {
  if (URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be an http or https address.');
};
