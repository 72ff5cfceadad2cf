import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  headText,
  newPrivateKey,
  publicKeyOf,
  readPublicKey,
  signHead,
  verifyHead,
} from '../../src/events/signature.js';
import { uuid } from './sample-events.js';

const pem = newPrivateKey();
const head = { epoch: 2, seq: 41, hash: 'ab'.repeat(32) };
const signed = signHead(uuid(1), head, createPrivateKey(pem));
const publicKey = publicKeyOf(pem);

/** The last letter of a padded text holds bits that no reader looks at. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const respelt = (end: string): string => `${letters.charAt(letters.indexOf(end.charAt(0)) + 1)}==`;

describe('A signed head', () => {
  it('signs who, which branch, which event and what it hashes to, behind a name of its own', () => {
    expect(headText(uuid(1), head)).toBe(`tillog-head/1\n${uuid(1)}\n2\n41\n${'ab'.repeat(32)}`);
  });

  it('is 64 bytes of Ed25519 that verify', () => {
    expect(Buffer.from(signed.signature, 'base64')).toHaveLength(64);
    expect(verifyHead(uuid(1), signed, publicKey)).toBe(true);
  });

  it.each([
    ['another terminal', uuid(2), {}],
    ['another epoch', uuid(1), { epoch: 1 }],
    ['another position', uuid(1), { seq: 42 }],
    ['another hash', uuid(1), { hash: 'cd'.repeat(32) }],
    ['another signature', uuid(1), { signature: Buffer.alloc(64).toString('base64') }],
    ['a short signature', uuid(1), { signature: 'AAAA' }],
    ['no signature', uuid(1), { signature: '' }],
    ['another text of the same signature', uuid(1), { signature: signed.signature.replace(/.==$/u, respelt) }],
  ])('does not verify for %s', (_name, terminal_id, change) => {
    expect(verifyHead(terminal_id, { ...signed, ...change }, publicKey)).toBe(false);
  });

  it('does not verify with another key, or with what is no Ed25519 key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const others = [publicKeyOf(newPrivateKey()), rsa.export({ type: 'spki', format: 'der' }).toString('base64')];
    for (const other of [...others, '', 'AAAA', 'no base64 at all', publicKey.slice(0, 20)]) {
      expect(verifyHead(uuid(1), signed, other)).toBe(false);
    }
    // Readers of base64 and of DER both let these pass for the key.
    for (const same of [publicKey.replace(/=$/u, '9'), `${publicKey}AAAA`, ` ${publicKey}`]) {
      expect(verifyHead(uuid(1), signed, same)).toBe(false);
    }
    expect(readPublicKey(publicKey)?.asymmetricKeyType).toBe('ed25519');
  });
});
