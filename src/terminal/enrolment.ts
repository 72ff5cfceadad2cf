import { z } from 'zod';
import { readIfThere, writeDurably } from '../events/durable-file.js';
import type { Link } from '../outbox/delivery.js';
import { enrolmentAnswerSchema } from '../outbox/protocol.js';
import { NetworkFault, type Ports } from '../ports.js';
import type { Terminal } from './terminal.js';

const token = z.string().min(20);

/** So many tokens are kept besides the one in use: more than are taken between two dumps of central. */
const earlierTokensMax = 5;

const enrolmentSchema = enrolmentAnswerSchema.extend({
  central_url: z.url(),
  /** The token that takes the place of the one in use once central knows its hash. */
  next_token: token.exactOptional(),
  /** Those that were in use before, newest first: a central that was restored from a dump may know nothing newer. */
  earlier_tokens: z.array(token).max(earlierTokensMax).default([]),
});

/** What a terminal keeps of its enrolment, in a file that is in no backup. */
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** The enrolment did not happen; the terminal goes on as before. */
export class EnrolmentFault extends Error {
  /** @param code stable, for programs */
  constructor(
    readonly code: 'CODE_MISSING' | 'CENTRAL_UNREACHABLE' | 'ENROLMENT_REFUSED' | 'TENANT_CHANGED',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EnrolmentFault';
  }
}

/** The enrolment that the folder holds; null when there is none, or none that can be read. */
export const readEnrolment = (path: string): Enrolment | null => {
  try {
    return enrolmentSchema.parse(JSON.parse(readIfThere(path) ?? 'null'));
  } catch (cause) {
    // A damaged file must not keep the shop from selling: the terminal is then not enrolled until it is enrolled again.
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
};

/** Puts an enrolment in the place of the one before, so that a power cut leaves either of them, whole. */
export const keepEnrolment = ({ folder }: Terminal, enrolment: Enrolment): void => {
  writeDurably(folder.enrolment, `${JSON.stringify(enrolment, null, 2)}\n`, 0o600);
};

/** Puts another token in the place of the one in use, which is kept behind it. */
export const withToken = ({ earlier_tokens, ...present }: Enrolment, token: string): Enrolment => {
  const others = [present.token, ...earlier_tokens].filter((one) => one !== token);
  return { ...present, token, earlier_tokens: others.slice(0, earlierTokensMax) };
};

/** Whether central says what this terminal sells and who works at it. */
export const isEnrolled = ({ folder, recorder }: Terminal): boolean =>
  recorder.identity.tenant_id !== null || readEnrolment(folder.enrolment) !== null;

/** The terminal's link to central, at another address when one is given; null while it is not enrolled. */
export const linkOf = (terminal: Terminal, centralUrl?: string): Link | null => {
  const enrolment = readEnrolment(terminal.folder.enrolment);
  if (!enrolment || isForeign(enrolment, terminal)) return null;
  const { tenant_id, token, central_url } = enrolment;
  const url = trimmed(centralUrl ?? central_url);
  return { url, token, tenant_id, terminal_id: terminal.recorder.identity.terminal_id };
};

/**
 * Enrols the terminal with a one-time code. What it sold before stays its own and is sent too. The same code again
 * after a cut answer is harmless.
 * @throws EnrolmentFault
 */
export const enroll = async (
  terminal: Terminal,
  ports: Ports,
  code: string,
  centralUrl: string,
): Promise<Enrolment> => {
  const url = trimmed(centralUrl);
  const { identity } = terminal.recorder;
  const { status, body } = await ask(ports, url, {
    code,
    terminal_id: identity.terminal_id,
    public_key: terminal.publicKey,
  });
  const answer: unknown = parse(body);
  if (status !== 201)
    throw new EnrolmentFault('ENROLMENT_REFUSED', `Central refused the code: ${detailOf(answer, status)}`);
  const enrolment = enrolmentSchema.safeParse({ ...(answer as object), central_url: url });
  if (!enrolment.success) throw new EnrolmentFault('ENROLMENT_REFUSED', `${url} did not answer as central does.`);
  if (identity.tenant_id !== null && identity.tenant_id !== enrolment.data.tenant_id) {
    throw new EnrolmentFault(
      'TENANT_CHANGED',
      'This data folder belongs to another tenant and never changes it. Use a fresh folder for the new one.',
    );
  }
  const before = readEnrolment(terminal.folder.enrolment);
  const { tenant_id, token } = enrolment.data;
  const earlier = before?.tenant_id === tenant_id ? withToken(before, token).earlier_tokens : [];
  keepEnrolment(terminal, { ...enrolment.data, earlier_tokens: earlier });
  recordEnrolment(terminal);
  return enrolment.data;
};

/** Records an enrolment that the log does not know yet: right after it, or at the next start when the power went. */
export const recordEnrolment = (terminal: Terminal): void => {
  const enrolment = readEnrolment(terminal.folder.enrolment);
  const { identity } = terminal.recorder;
  if (!enrolment || isForeign(enrolment, terminal) || identity.store_id === enrolment.store_id) return;
  const { tenant_id, store_id, tenant_name, store_name } = enrolment;
  terminal.recorder.record({ key: null, body: null, staff_id: null }, () => ({
    decided: [{ type: 'TerminalEnrolled', data: { tenant_id, store_id, tenant_name, store_name } }],
    answer: () => null,
  }));
};

/** An enrolment file of another tenant was copied into the folder: a log never changes its tenant. */
const isForeign = ({ tenant_id }: Enrolment, terminal: Terminal): boolean =>
  ![null, tenant_id].includes(terminal.recorder.identity.tenant_id);

const ask = async (ports: Ports, url: string, request: object) => {
  try {
    return await ports.network.send({
      method: 'POST',
      url: `${url}/v1/enrolments`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      timeoutMs: 15_000,
      bytesMax: 65_536,
    });
  } catch (cause) {
    if (!(cause instanceof NetworkFault)) throw cause;
    const hint = 'Then try again with the same code.';
    throw new EnrolmentFault('CENTRAL_UNREACHABLE', `${cause.message} ${hint}`, { cause });
  }
};

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new EnrolmentFault('ENROLMENT_REFUSED', 'What answered is not central: check the address.', { cause });
  }
};

const detailOf = (answer: unknown, status: number): string => {
  const problem = z.object({ detail: z.string() }).safeParse(answer);
  return problem.success ? problem.data.detail : `it answered ${String(status)}.`;
};

const trimmed = (url: string): string => url.replace(/\/+$/u, '');
