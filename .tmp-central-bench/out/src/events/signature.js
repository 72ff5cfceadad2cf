import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { errorCode } from './error-code.js';
/** The text that is signed: four lines behind a name, so that no other signature of the key can be taken for it. */
export const headText = (terminal_id, { epoch, seq, hash }) => `tillog-head/1\n${terminal_id}\n${String(epoch)}\n${String(seq)}\n${hash}`;
/** Makes a new Ed25519 key for a terminal: PKCS 8 in PEM. */
export const newPrivateKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
/** The public half of a private key in PEM: base64 of the DER of SubjectPublicKeyInfo, one line. */
export const publicKeyOf = (privateKeyPem) => createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'der' }).toString('base64');
/** Signs a head with the terminal's private key. */
export const signHead = (terminal_id, head, privateKey) => ({
    ...head,
    signature: sign(null, Buffer.from(headText(terminal_id, head)), privateKey).toString('base64'),
});
/** Whether the signature is the terminal's. False for a key or signature that does not parse. */
export const verifyHead = (terminal_id, head, publicKey) => {
    const key = readPublicKey(publicKey);
    if (!key)
        return false;
    const { signature, ...bare } = head;
    return verify(null, Buffer.from(headText(terminal_id, bare)), key, Buffer.from(signature, 'base64'));
};
/** Reads a public key as {@link publicKeyOf} writes it; undefined when it is not an Ed25519 key. */
export const readPublicKey = (publicKey) => {
    try {
        const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
        return key.asymmetricKeyType === 'ed25519' ? key : undefined;
    }
    catch (cause) {
        if (errorCode(cause) !== '')
            return undefined;
        throw cause;
    }
};
