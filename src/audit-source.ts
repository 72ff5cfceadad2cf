import { createPrivateKey, sign } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isBundle, openBundle } from './audit/bundle-source.js';
import type { Sealer } from './audit/export.js';
import { openSource } from './audit/sqlite-file.js';
import { type LogSource, UnusableSource } from './audit/source.js';
import { readIfThere } from './events/durable-file.js';
import { publicKeyOf } from './events/signature.js';
import type { Ports } from './ports.js';

/**
 * Opens what an auditor names: a terminal's data folder or `tillog.db`, a central's data folder, the address of a
 * central's database, or an exported bundle.
 * @throws UnusableSource
 */
export const openAuditSource = async (named: string, ports: Ports): Promise<LogSource> => {
  const isAddress = /^postgres(ql)?:\/\//u.test(named);
  const folder = resolve(named);
  if (!isAddress && isFile(folder) && isBundle(folder)) return openBundle(named);
  if (!isAddress && !existsSync(join(folder, 'postgres'))) return openSource(named);
  const { openCentralSource } = await import('./central/source.js');
  try {
    return await openCentralSource(isAddress ? { databaseUrl: named, ports } : { dataDir: folder, ports });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnusableSource(`This central cannot be read: ${reason}`, { cause });
  }
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * Seals a bundle with the key of the terminal whose data folder is named; null where there is no such key.
 * @throws UnusableSource when there is a key that cannot be used
 */
export const sealerOf = (named: string): Sealer | null => {
  const path = join(resolve(named), 'terminal.key');
  try {
    const pem = isFile(resolve(named)) ? undefined : readIfThere(path);
    if (pem === undefined) return null;
    const key = createPrivateKey(pem);
    return { publicKey: publicKeyOf(pem), sign: (text) => sign(null, Buffer.from(text), key).toString('base64') };
  } catch (cause) {
    throw new UnusableSource(`The bundle cannot be sealed: ${path} is not a key that you may read.`, { cause });
  }
};
