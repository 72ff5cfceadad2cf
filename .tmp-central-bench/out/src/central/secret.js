import { createHash, timingSafeEqual } from 'node:crypto';
import { withDashes, withoutDashes } from './tenant.js';
const tokenBytes = 32;
const tokenForm = /^(?<kind>tt|ta)_(?<tenant>[0-9a-f]{32})_[A-Za-z0-9_-]{43}$/u;
/** Hex SHA-256 of a secret. Enough without a salt, because the secrets here are random and long. */
export const secretHash = (secret) => createHash('sha256').update(secret, 'utf8').digest('hex');
/** Whether two hex digests are the same, in a time that does not tell where they differ. */
export const sameDigest = (a, b) => {
    const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
    return left.length === right.length && timingSafeEqual(left, right);
};
/** A new token of 256 random bits. It is shown once; only its hash is stored. */
export const newToken = (kind, tenant_id, randomness) => `${kind}_${withoutDashes(tenant_id)}_${randomness.bytes(tokenBytes).toString('base64url')}`;
/** Reads a token; undefined for anything that cannot be one. Says nothing about whether it is good. */
export const readToken = (token) => {
    const { kind, tenant } = tokenForm.exec(token)?.groups ?? {};
    if (kind === undefined || tenant === undefined)
        return undefined;
    return { kind: kind, tenant_id: withDashes(tenant), token_hash: secretHash(token) };
};
/** Letters and digits that nobody mistakes for one another when a code is read out: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeForm = new RegExp(`^[${alphabet}]+$`, 'u');
/** Characters of a code that name its tenant. */
const handleLength = 6;
/** Characters of a code that are secret: 5 bits each, 60 together. */
const codeSecretLength = 12;
const groupLength = 4;
const randomCharacters = (count, randomness) => Array.from(randomness.bytes(count), (byte) => alphabet[byte % alphabet.length]).join('');
/** The name of a tenant in its enrolment codes; random, so it may have to be drawn again. */
export const newHandle = (randomness) => randomCharacters(handleLength, randomness);
/** A new one-time code, as it is shown to a person: `HANDLE-XXXX-XXXX-XXXX`. */
export const newCode = (handle, randomness) => {
    const secret = randomCharacters(codeSecretLength, randomness);
    const groups = Array.from({ length: codeSecretLength / groupLength }, (_, index) => secret.slice(index * groupLength, (index + 1) * groupLength));
    return [handle, ...groups].join('-');
};
/** Reads a code whatever its case, spaces and dashes, and O for 0 or I and L for 1; undefined when it cannot be one. */
export const readCode = (typed) => {
    const plain = typed.toUpperCase().replaceAll(/[\s-]/gu, '').replaceAll('O', '0').replaceAll(/[IL]/gu, '1');
    if (plain.length !== handleLength + codeSecretLength)
        return undefined;
    if (!codeForm.test(plain))
        return undefined;
    return { handle: plain.slice(0, handleLength), code_hash: secretHash(plain) };
};
