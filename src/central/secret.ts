import { timingSafeEqual } from 'node:crypto';
import { secretHash, tokenText } from '../outbox/protocol.js';
import type { Randomness } from '../ports.js';
import { withDashes } from './tenant.js';

/** What a token opens: `tt` speaks for one terminal, `ta` opens a tenant's back office, `tu` is a person's cookie. */
export type TokenKind = 'tt' | 'ta' | 'tu';

/** A token as it was presented: its tenant leads it, so that it is looked up inside that tenant. */
export interface PresentedToken {
  readonly kind: TokenKind;
  readonly tenant_id: string;
  /** Hex SHA-256 of the whole token: what is stored. */
  readonly token_hash: string;
}

const tokenBytes = 32;
const tokenForm = /^(?<kind>tt|ta|tu)_(?<tenant>[0-9a-f]{32})_[A-Za-z0-9_-]{43}$/u;

/** Whether two hex digests are the same, in a time that does not tell where they differ. */
export const sameDigest = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** A new token of 256 random bits. It is shown once; only its hash is stored. */
export const newToken = (kind: TokenKind, tenant_id: string, randomness: Randomness): string =>
  tokenText(kind, tenant_id, randomness.bytes(tokenBytes));

/** Reads a token; undefined for anything that cannot be one. Says nothing about whether it is good. */
export const readToken = (token: string): PresentedToken | undefined => {
  const { kind, tenant } = tokenForm.exec(token)?.groups ?? {};
  if (kind === undefined || tenant === undefined) return undefined;
  return { kind: kind as TokenKind, tenant_id: withDashes(tenant), token_hash: secretHash(token) };
};

/** Letters and digits that nobody mistakes for one another when a code is read out: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const codeForm = new RegExp(`^[${alphabet}]+$`, 'u');

/** Characters of a code that name its tenant. */
const handleLength = 6;
/** Characters of a code that are secret: 5 bits each, 60 together. */
const codeSecretLength = 12;
const groupLength = 4;

const randomCharacters = (count: number, randomness: Randomness): string =>
  Array.from(randomness.bytes(count), (byte) => alphabet[byte % alphabet.length]).join('');

/** The name of a tenant in its enrolment codes; random, so it may have to be drawn again. */
export const newHandle = (randomness: Randomness): string => randomCharacters(handleLength, randomness);

/** A new one-time code, as it is shown to a person: `HANDLE-XXXX-XXXX-XXXX`. */
export const newCode = (handle: string, randomness: Randomness): string => {
  const secret = randomCharacters(codeSecretLength, randomness);
  const groups = Array.from({ length: codeSecretLength / groupLength }, (_, index) =>
    secret.slice(index * groupLength, (index + 1) * groupLength),
  );
  return [handle, ...groups].join('-');
};

/** A code as it was typed in. */
export interface PresentedCode {
  readonly handle: string;
  readonly code_hash: string;
}

/** Reads a code whatever its case, spaces and dashes, and O for 0 or I and L for 1; undefined when it cannot be one. */
export const readCode = (typed: string): PresentedCode | undefined => {
  const plain = typed.toUpperCase().replaceAll(/[\s-]/gu, '').replaceAll('O', '0').replaceAll(/[IL]/gu, '1');
  if (plain.length !== handleLength + codeSecretLength) return undefined;
  if (!codeForm.test(plain)) return undefined;
  return { handle: plain.slice(0, handleLength), code_hash: secretHash(plain) };
};
