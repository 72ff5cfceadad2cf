import { createPrivateKey, sign } from 'node:crypto';
import { z } from 'zod';
import { canonical, hashOf } from './envelope.js';
import { isSignedWith, publicKeyOf, readPublicKey } from './signature.js';

const uuid = z.guid();
const hash = z.string().regex(/^[0-9a-f]{64}$/u);
const position = z.int().min(1);
const place = { epoch: position, seq: position };

const certificateSchema = z.strictObject({
  format: z.literal('tillog-certificate'),
  version: z.literal(1),
  tenant_id: uuid,
  terminal_id: uuid,
  /** Base64 SPKI, as the terminal enrolled with it. */
  terminal_public_key: z.string().max(200),
  business_date: z.iso.date(),
  /** What the date takes in the log, a stretch for each epoch; every event from its first to its last seq is there. */
  stretches: z
    .array(
      z.strictObject({
        epoch: position,
        first_seq: position,
        last_seq: position,
        events_count: position,
        /** Of the event before the first; zeros before seq 1. */
        prev_hash: hash,
        head_hash: hash,
      }),
    )
    .min(1)
    .max(1000),
  events_count: position,
  sessions: z
    .array(
      z.strictObject({
        session_id: uuid,
        training: z.boolean(),
        /** Null for training. */
        z_number: z.int().nullable(),
        opened: z.strictObject(place),
        closed: z.strictObject(place),
      }),
    )
    .min(1)
    .max(10_000),
  /** Positions whose event central refused; their text is kept, and they are counted. */
  refused: z.array(z.strictObject({ ...place, hash, code: z.string().max(64) })).max(100_000),
  /** Events that dispute a position of a stretch; they are not counted. */
  disputed: z.array(z.strictObject({ ...place, hash, adopted: z.boolean() })).max(100_000),
  issued_at: z.iso.datetime(),
});

/** What central says about the completeness of one terminal's log on one business date. */
export type Certificate = z.infer<typeof certificateSchema>;

/** One part of a log that a certificate speaks of. */
export type CertifiedStretch = Certificate['stretches'][number];

const signedSchema = z.strictObject({
  certificate: certificateSchema,
  /** Base64 SPKI of the key of the company at that central. */
  public_key: z.string().max(200),
  /** Base64 Ed25519 over {@link certificateText}. */
  signature: z.string().max(200),
});

/** A certificate as it is handed out. */
export type SignedCertificate = z.infer<typeof signedSchema>;

/** The text that is signed: a name, and the hash of the canonical certificate, so that no other signature is one. */
export const certificateText = (certificate: Certificate): string =>
  `tillog-certificate/1\n${hashOf(canonical(certificate))}`;

/** Signs a certificate. @param privateKey PKCS 8 in PEM */
export const signCertificate = (certificate: Certificate, privateKey: string): SignedCertificate => ({
  certificate,
  public_key: publicKeyOf(privateKey),
  signature: sign(null, Buffer.from(certificateText(certificate)), createPrivateKey(privateKey)).toString('base64'),
});

/** Whether the certificate is signed with the key that it names. */
export const isCertificateSigned = ({ certificate, public_key, signature }: SignedCertificate): boolean => {
  const key = readPublicKey(public_key);
  return key !== undefined && isSignedWith(key, certificateText(certificate), signature);
};

/** Reads a certificate; undefined when the text is none. */
export const readCertificate = (text: string): SignedCertificate | undefined => {
  try {
    return signedSchema.safeParse(JSON.parse(text)).data;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
};
