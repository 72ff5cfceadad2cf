import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openSource } from './audit/sqlite-file.js';
import { type LogSource, UnusableSource } from './audit/source.js';
import type { Ports } from './ports.js';

/**
 * Opens what an auditor names: a terminal's data folder or `tillog.db`, a central's data folder, or the address of a
 * central's database.
 * @throws UnusableSource
 */
export const openAuditSource = async (named: string, ports: Ports): Promise<LogSource> => {
  const isAddress = /^postgres(ql)?:\/\//u.test(named);
  const folder = resolve(named);
  if (!isAddress && !existsSync(join(folder, 'postgres'))) return openSource(named);
  const { openCentralSource } = await import('./central/source.js');
  try {
    return await openCentralSource(isAddress ? { databaseUrl: named, ports } : { dataDir: folder, ports });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnusableSource(`This central cannot be read: ${reason}`, { cause });
  }
};
