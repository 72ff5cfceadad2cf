import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { machinePorts } from './ports.js';

const dataOption = () =>
  new Option('--data <dir>', 'data folder of the terminal').env('TILLOG_DATA_DIR').makeOptionMandatory();

/** Adds `tillog backup` and `tillog restore`. */
export const addRecovery = (program: Command, say: (text: string) => void): void => {
  program
    .command('backup')
    .description('writes a verified copy of a terminal’s log, also while it sells; never with its key')
    .argument('<file>', 'the backup; never replaced when it is there')
    .addOption(dataOption())
    .action(async (file: string, { data }: { data: string }) => {
      const { backUp } = await import('./terminal/backup.js');
      const { terminal_id, head } = backUp(resolve(data), resolve(file));
      say(`${file}: terminal ${terminal_id} up to event ${head.seq}, verified\n`);
    });
  program
    .command('restore')
    .description('restores a backup into a folder that holds terminal.key and no database, as a new epoch')
    .argument('<file>', 'made by “tillog backup”')
    .addOption(dataOption())
    .action(async (file: string, { data }: { data: string }) => {
      const { restore } = await import('./terminal/backup.js');
      const { terminal_id, head } = restore(resolve(file), resolve(data), machinePorts);
      say(`${data}: terminal ${terminal_id} sells on after event ${head.seq} in a new epoch\n`);
    });
};
