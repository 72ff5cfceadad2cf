import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { errorCode } from '../events/error-code.js';
import { readPublicKey } from '../events/signature.js';
import { UnusableSource } from './source.js';

/** No public key is longer than this; a larger file is something else. */
const keyBytesMax = 10_000;

/**
 * Reads the public key that a person gives: base64 of its DER, PEM, or the path of a file with either.
 * @returns base64 of the DER of SubjectPublicKeyInfo, as the log and central write it
 * @throws UnusableSource when it is not an Ed25519 public key
 */
export const givenPublicKey = (given: string): string => {
  const text = given.includes('-----BEGIN') || !isSmallFile(given) ? given : readFileSync(given, 'utf8');
  const key = text.includes('-----BEGIN') ? pemKey(text) : readPublicKey(text.trim());
  if (!key) {
    throw new UnusableSource(
      'The key is not an Ed25519 public key: give base64 of its DER, PEM, or the path of a file with either.',
    );
  }
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
};

const isSmallFile = (path: string): boolean => {
  if (!existsSync(path)) return false;
  const file = statSync(path);
  return file.isFile() && file.size <= keyBytesMax;
};

const pemKey = (pem: string): KeyObject | undefined => {
  // A private key would be accepted too, and its public half taken: nobody should hand that to an audit.
  if (pem.includes('PRIVATE KEY')) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch (cause) {
    if (errorCode(cause) !== '') return undefined;
    throw cause;
  }
};
