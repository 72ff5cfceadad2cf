import { InvalidArgumentError, Option } from 'commander';

/** Where a program keeps its data; must be given. */
export const dataOption = (what: string) =>
  new Option('--data <dir>', what).env('TILLOG_DATA_DIR').makeOptionMandatory();

/** A PostgreSQL of one’s own. */
export const databaseOption = () =>
  new Option('--database-url <url>', 'PostgreSQL to use instead of an embedded one')
    .env('DATABASE_URL')
    .argParser(postgresUrl);

const postgresUrl = (text: string): string => {
  if (URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol)) return text;
  // Not the error of an argument, which would show the text, and with it the password that may be in it.
  throw new WrongUsage('--database-url (or DATABASE_URL) must be a postgres:// address.');
};

/** A company of central. */
export const tenantOption = () => nameOption('--tenant <name>', 'the company', 'Shop');

/** A store of a company. */
export const storeOption = () => nameOption('--store <name>', 'the store', 'Main store');

const nameOption = (flags: string, what: string, usual: string) =>
  new Option(flags, what).default(usual).argParser(nameIn);

const nameCharsMax = 200;

const nameIn = (text: string): string => {
  const name = text.trim();
  if (name !== '' && name.length <= nameCharsMax) return name;
  throw new InvalidArgumentError(`It must be a name of 1 to ${String(nameCharsMax)} characters.`);
};

/** Where central is. */
export const centralOption = () =>
  new Option('--central <url>', 'address of central').env('TILLOG_CENTRAL_URL').argParser(url);

const url = (text: string): string => {
  if (URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be an http or https address.');
};

/** Wrong usage; commander says its own by itself. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
