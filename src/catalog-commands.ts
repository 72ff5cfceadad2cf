import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { dataOption, WrongUsage } from './command-options.js';
import { machinePorts } from './ports.js';

/** Adds `tillog catalog`: import, settings and logo. */
export const addCatalog = (program: Command, say: (text: string) => void): void => {
  const catalog = program
    .command('catalog')
    .description('what a terminal that is not enrolled sells; afterwards central says so');
  catalog
    .command('import')
    .description('replaces all products by those of a file; a bad row changes nothing and is named')
    .argument('<file>', 'CSV: code, name, category, price, barcodes, and tax_code or tax_rate')
    .addOption(dataOption('data folder of the terminal'))
    .option('--currency <code>', 'ISO 4217 currency of the prices; USD or that of the catalog in use when left out')
    .action(async (file: string, { data, currency }: { data: string; currency?: string }) => {
      const { importCatalogFile } = await import('./terminal/catalog-import-program.js');
      const place = { path: resolve(file), dataDir: resolve(data), ports: machinePorts };
      const { catalog_version, products } = await importCatalogFile({ ...place, currency });
      say(`${products} products imported; catalog version ${catalog_version}\n`);
    });
  catalog
    .command('settings')
    .description('replaces currencies, methods, taxes or settings, whichever a file names; the rest stays')
    .argument('<file>', 'JSON: currencies, methods, taxes, settings')
    .addOption(dataOption('data folder of the terminal'))
    .action(async (file: string, { data }: { data: string }) => {
      const { applySettingsFile } = await import('./terminal/settings-program.js');
      const place = { path: resolve(file), dataDir: resolve(data), ports: machinePorts };
      const { catalog_version } = await applySettingsFile(place);
      say(`The settings are in use; catalog version ${catalog_version}\n`);
    });
  catalog
    .command('logo')
    .description('prints a picture as the logo of a shop, for settings.paper of a catalog')
    .argument('<picture>', 'PNG or JPEG')
    .option('--width <dots>', 'how wide it is on paper, from 8 to 384', logoWidth, 256)
    .action(async (picture: string, { width }: { width: number }) => {
      say(`${JSON.stringify({ logo: await readLogo(resolve(picture), width) })}\n`);
    });
};

const logoWidth = (text: string): number => {
  if (/^\d{1,3}$/u.test(text) && Number(text) >= 8 && Number(text) <= 384) return Number(text);
  throw new InvalidArgumentError('It must be a number of dots from 8 to 384.');
};

const readLogo = async (path: string, width: number) => {
  const { logoOf } = await import('./hardware/logo.js');
  try {
    return await logoOf(await readFile(path), width);
  } catch (cause) {
    throw new WrongUsage(`${path} is no picture that can be read.`, { cause });
  }
};
