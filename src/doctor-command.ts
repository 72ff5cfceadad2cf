import { resolve } from 'node:path';
import type { Command } from 'commander';
import { centralOption, dataOption } from './command-options.js';
import { machinePorts } from './ports.js';

interface DoctorFlags {
  readonly data: string;
  readonly central?: string;
  readonly json?: boolean;
}

/** Adds `tillog doctor`. */
export const addDoctor = (program: Command, say: (text: string) => void): void => {
  program
    .command('doctor')
    .description('examines a till, also while it sells, and says what to do: 0 no problem, 1 problems, 2 unusable')
    .addOption(dataOption('data folder of the terminal'))
    .addOption(centralOption())
    .option('--json', 'machine-readable')
    .action(async ({ data, central, json = false }: DoctorFlags) => {
      const { examineTill } = await import('./terminal/doctor.js');
      const { doctorText } = await import('./terminal/doctor-text.js');
      const report = await examineTill({
        dataDir: resolve(data),
        ...(central === undefined ? {} : { centralUrl: central }),
        ports: machinePorts,
      });
      say(json ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report));
      process.exitCode = report.health === 'problem' ? 1 : 0;
    });
};
