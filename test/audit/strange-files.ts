import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** Base64 SPKI of a key that has nothing to do with any fixture. */
export const strangeKey = (): string =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

/** Writes a file that is no database. */
export const writeGarbage = (path: string): void => writeFileSync(path, Buffer.alloc(8192, 0x5a));
