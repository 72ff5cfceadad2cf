import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { Head } from '../domain/event.js';
import { errorCode } from './error-code.js';

/** A head together with the signature of the terminal that owns the log. */
export interface SignedHead extends Head {
  /** Base64 of the 64 bytes of an Ed25519 signature over {@link headText}. */
  readonly signature: string;
}

/** The text that is signed: four lines behind a name, so that no other signature of the key can be taken for it. */
export const headText = (terminal_id: string, { epoch, seq, hash }: Head): string =>
  `tillog-head/1\n${terminal_id}\n${String(epoch)}\n${String(seq)}\n${hash}`;

/** Makes a new Ed25519 key for a terminal: PKCS 8 in PEM. */
export const newPrivateKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The public half of a private key in PEM: base64 of the DER of SubjectPublicKeyInfo, one line. */
export const publicKeyOf = (privateKeyPem: string): string =>
  createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'der' }).toString('base64');

/** Signs a head with the terminal's private key. */
export const signHead = (terminal_id: string, head: Head, privateKey: KeyObject): SignedHead => ({
  ...head,
  signature: signText(headText(terminal_id, head), privateKey),
});

/** Base64 of the Ed25519 signature of a text. */
export const signText = (text: string, privateKey: KeyObject): string =>
  sign(null, Buffer.from(text), privateKey).toString('base64');

/** Whether the signature is the terminal's. False for a key or signature that does not parse. */
export const verifyHead = (terminal_id: string, head: SignedHead, publicKey: string): boolean => {
  const key = readPublicKey(publicKey);
  return key !== undefined && isSignedWith(key, headText(terminal_id, head), head.signature);
};

/** The same on another thread: whoever reads a log need not stand still for each of its heads. */
export const verifyHeadAside = (terminal_id: string, head: SignedHead, publicKey: string): Promise<boolean> => {
  const key = readPublicKey(publicKey);
  const bytes = bytesOf(head.signature);
  if (!key || !bytes) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    verify(null, Buffer.from(headText(terminal_id, head)), key, bytes, (cause, isSigned) => {
      if (cause) reject(cause);
      else resolve(isSigned);
    });
  });
};

/** Whether the signature, base64 of its bytes, is that of `text`. */
export const isSignedWith = (key: KeyObject, text: string, signature: string): boolean => {
  const bytes = bytesOf(signature);
  return bytes !== undefined && verify(null, Buffer.from(text), key, bytes);
};

/** Several texts decode to the same bytes; only the one that was written is taken. */
const bytesOf = (signature: string): Buffer | undefined => {
  const bytes = Buffer.from(signature, 'base64');
  return bytes.toString('base64') === signature ? bytes : undefined;
};

/** The keys that were read last, because reading one takes as long as verifying a signature with it. */
const knownKeys = new Map<string, KeyObject>();
/** So many keys are kept; then all are forgotten. */
const knownKeysMax = 1000;

/** Reads a public key exactly as {@link publicKeyOf} writes it; undefined when it is not an Ed25519 key. */
export const readPublicKey = (publicKey: string): KeyObject | undefined => {
  const known = knownKeys.get(publicKey);
  if (known) return known;
  const key = parsePublicKey(publicKey);
  if (!key) return undefined;
  if (knownKeys.size >= knownKeysMax) knownKeys.clear();
  knownKeys.set(publicKey, key);
  return key;
};

const parsePublicKey = (publicKey: string): KeyObject | undefined => {
  try {
    const der = Buffer.from(publicKey, 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const isAsWritten = key.export({ type: 'spki', format: 'der' }).toString('base64') === publicKey;
    return isAsWritten && key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch (cause) {
    if (errorCode(cause) !== '') return undefined;
    throw cause;
  }
};
