import { createPrivateKey } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isBundle, openBundle } from './audit/bundle-source.js';
import { openSource } from './audit/sqlite-file.js';
import { type LogSource, type Sealer, type TerminalLog, UnusableSource } from './audit/source.js';
import type { CentralSource } from './central/source.js';
import { readIfThere } from './events/durable-file.js';
import { publicKeyOf, signText } from './events/signature.js';
import type { Ports } from './ports.js';

/**
 * Opens what an auditor names: a terminal's data folder or `tillog.db`, a central's data folder, the address of a
 * central's database, or an exported bundle. A terminal's folder seals with its key, a central with that of the company.
 * @throws UnusableSource
 */
export const openAuditSource = async (named: string, ports: Ports): Promise<LogSource> => {
  const isAddress = /^postgres(ql)?:\/\//u.test(named);
  const folder = resolve(named);
  if (!isAddress && isFile(folder) && isBundle(folder)) return openBundle(named);
  if (!isAddress && !existsSync(join(folder, 'postgres'))) {
    return Object.assign(openSource(named), { sealerOf: () => Promise.resolve(terminalSealer(named)) });
  }
  const { openCentralSource } = await import('./central/source.js');
  try {
    const central = await openCentralSource(isAddress ? { databaseUrl: named, ports } : { dataDir: folder, ports });
    return { ...central, sealerOf: (logs) => companySealer(central, logs) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnusableSource(`This central cannot be read: ${reason}`, { cause });
  }
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The key of the terminal whose data folder is named; null where there is no such key. */
const terminalSealer = (named: string): Sealer | null => {
  const path = join(resolve(named), 'terminal.key');
  try {
    const pem = isFile(resolve(named)) ? undefined : readIfThere(path);
    return pem === undefined ? null : sealerWith(pem);
  } catch (cause) {
    throw new UnusableSource(`The bundle cannot be sealed: ${path} is not a key that you may read.`, { cause });
  }
};

/** The key of the company whose logs they are; none seals those of several. */
const companySealer = async (central: CentralSource, logs: readonly TerminalLog[]): Promise<Sealer | null> => {
  const [company, another] = new Set(logs.map(({ tenant_id }) => tenant_id));
  return company === undefined || company === null || another !== undefined
    ? null
    : sealerWith(await central.sealingKey(company));
};

/** Seals with a private key: PKCS 8 in PEM. */
export const sealerWith = (pem: string): Sealer => {
  const key = createPrivateKey(pem);
  return { publicKey: publicKeyOf(pem), sign: (text) => signText(text, key) };
};
