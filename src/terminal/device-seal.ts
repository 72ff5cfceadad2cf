import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Seal } from '../catalog/seal.js';
import type { Randomness } from '../ports.js';

const method = 'aes-256-gcm';
const form = 'sealed.1.';
const nonceBytes = 12;
const tagBytes = 16;

/** The length of a device's secret. */
export const secretBytes = 32;

/** Seals with AES-256-GCM (NIST SP 800-38D) under a secret that lies outside the database. */
export class DeviceSeal implements Seal {
  /**
   * @param secret of {@link secretBytes}
   * @param randomness makes a fresh nonce for each text
   */
  constructor(
    private readonly secret: Buffer,
    private readonly randomness: Pick<Randomness, 'bytes'>,
  ) {}

  close(text: string, purpose: string): string {
    const nonce = this.randomness.bytes(nonceBytes);
    const cipher = createCipheriv(method, this.secret, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return form + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  open(closed: string, purpose: string): string | undefined {
    const bytes = Buffer.from(closed.slice(form.length), 'base64url');
    if (!closed.startsWith(form) || bytes.length < nonceBytes + tagBytes) return undefined;
    const decipher = createDecipheriv(method, this.secret, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes + tagBytes));
    try {
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      // The tag does not fit: another secret, another purpose, or changed bytes. Nothing of the text is given out.
      return undefined;
    }
  }
}
