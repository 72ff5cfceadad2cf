import { invariant } from '../domain/refusal.js';
import { errorCode } from '../events/error-code.js';
import { DeliveryFault, type Link, proposeToken } from '../outbox/delivery.js';
import { secretHash, tokenProposalText, tokenText } from '../outbox/protocol.js';
import type { Ports } from '../ports.js';
import { type Enrolment, keepEnrolment, readEnrolment, withToken } from './enrolment.js';
import type { Terminal } from './terminal.js';

const tokenBytes = 32;

/**
 * Takes another token, made here, because central asked for it. It is on the disk before central hears its hash, and in the
 * place of the old one before it is used; central takes the old one until then. Whatever is cut short, the token that the
 * disk names as the one in use is good, and the next attempt goes on with the same new one.
 * @returns the link from now on
 * @throws DeliveryFault; the link stays as it is then
 */
export const rotateToken = async (terminal: Terminal, ports: Ports, link: Link, signal: AbortSignal): Promise<Link> => {
  const enrolment = readEnrolment(terminal.folder.enrolment);
  invariant(enrolment?.token === link.token, 'the token in use is the one on the disk');
  const { next_token, ...present } = enrolment;
  const next = next_token ?? tokenText('tt', link.tenant_id, ports.randomness.bytes(tokenBytes));
  if (next_token === undefined) keep(terminal, { ...present, next_token: next });
  const [token_hash, next_hash] = [secretHash(link.token), secretHash(next)];
  const signature = terminal.sign(tokenProposalText({ terminal_id: link.terminal_id, token_hash, next_hash }));
  await proposeToken(ports, link, { token_hash: next_hash, signature }, signal);
  keep(terminal, withToken(present, next));
  return { ...link, token: next };
};

/**
 * The link with the token that was in use before that of `link`; undefined when there is none left. A central that was
 * restored from a dump older than a rotation knows only the one before, and that one is as good there as it ever was.
 */
export const withEarlierToken = ({ folder }: Terminal, link: Link): Link | undefined => {
  const enrolment = readEnrolment(folder.enrolment);
  if (!enrolment) return undefined;
  const tokens = [enrolment.token, ...enrolment.earlier_tokens];
  const token = tokens[tokens.indexOf(link.token) + 1];
  return token === undefined ? undefined : { ...link, token };
};

/** Central took the token of this link: it is the one in use from now on. @throws DeliveryFault when that cannot be kept */
export const keepToken = (terminal: Terminal, { token }: Link): void => {
  const enrolment = readEnrolment(terminal.folder.enrolment);
  invariant(enrolment !== null, 'a token came from the disk');
  keep(terminal, withToken(enrolment, token));
};

const keep = (terminal: Terminal, enrolment: Enrolment): void => {
  try {
    keepEnrolment(terminal, enrolment);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === '') throw cause;
    throw new DeliveryFault('busy', `The token cannot be kept on the disk (${code}).`, 0, { cause });
  }
};
