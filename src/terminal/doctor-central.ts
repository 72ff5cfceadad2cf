import { existsSync } from 'node:fs';
import { z } from 'zod';
import { Outbox } from '../outbox/outbox.js';
import { type NetworkAnswer, NetworkFault, type Ports } from '../ports.js';
import { filesIn } from './data-folder.js';
import { type Finding, finding } from './doctor-finding.js';
import { type ExaminedLog, newestData, recordedAt } from './doctor-log.js';
import { type Enrolment, readEnrolment } from './enrolment.js';

/** Where central is looked for, and with what. */
export interface CentralCall {
  /** Another address than the one of the enrolment. */
  readonly centralUrl?: string;
  readonly ports: Pick<Ports, 'network' | 'clock'>;
}

/** What came of asking central. */
export interface CentralVisit {
  readonly findings: readonly Finding[];
  /** Central’s clock and this one’s at the same moment; undefined where central did not answer. */
  readonly clocks?: { readonly central: number; readonly own: number };
}

const answerMsMax = 10_000;
const answerBytesMax = 64 * 1024;
/** What waits for longer than this is a worry: nobody noticed that nothing is sent. */
const waitingMsMax = 24 * 60 * 60 * 1000;
/** A version that no catalog has: central answers in a few bytes whether it takes the token, and changes nothing. */
const noNewerCatalog = 2 ** 31 - 1;

/** Whether central answers and takes the token, and what it has not acknowledged. Nothing is sent to it. */
export const examineCentral = async (examined: ExaminedLog, call: CentralCall): Promise<CentralVisit> => {
  const path = filesIn(examined.dataDir).enrolment;
  const enrolment = readEnrolment(path);
  const enrolled = newestData(examined, 'TerminalEnrolled');
  const waiting = waitingIn(examined, call.ports.clock.wall());
  if (!enrolment) {
    if (!enrolled && !existsSync(path))
      return { findings: [finding('NOT_ENROLLED', `This till is not joined to central; ${waiting.text}.`)] };
    return {
      findings: [finding('ENROLMENT_UNREADABLE', `enrolment.json is not there or cannot be read; ${waiting.text}.`)],
    };
  }
  if (enrolled && enrolled.tenant_id !== enrolment.tenant_id) {
    return {
      findings: [finding('ENROLMENT_UNREADABLE', `enrolment.json belongs to another tenant; ${waiting.text}.`)],
    };
  }
  const { said, clocks } = await visit(enrolment, call, waiting.text);
  return { findings: [said, ...waiting.findings], ...(clocks === undefined ? {} : { clocks }) };
};

interface Waiting {
  readonly text: string;
  readonly findings: readonly Finding[];
}

const waitingIn = ({ file }: ExaminedLog, wall: number): Waiting => {
  const outbox = new Outbox(file.db);
  const parked = outbox.parkedEvents();
  const unsent = outbox.pendingCount - parked.length;
  const first = outbox.nextBatch()[0];
  const since = first && recordedAt(first);
  const sinceText = since === undefined ? '' : `, the oldest since ${new Date(since).toISOString()}`;
  const count = unsent === 1 ? '1 event waits' : `${String(unsent)} events wait`;
  const text = unsent === 0 ? 'no event waits to be sent' : `${count} to be sent${sinceText}`;
  const codes = [...new Set(parked.map(({ code }) => code))].join(', ');
  return {
    text,
    findings: [
      ...(since !== undefined && wall - since > waitingMsMax
        ? [finding('EVENTS_WAIT_LONG', `Since ${new Date(since).toISOString()} nothing was acknowledged by central.`)]
        : []),
      ...(parked.length > 0
        ? [
            finding(
              'EVENTS_REFUSED',
              `Central refused ${parked.length === 1 ? '1 event' : `${String(parked.length)} events`} (${codes}).`,
            ),
          ]
        : []),
    ],
  };
};

const problemSchema = z.object({ code: z.string() });

const visit = async (
  { token, central_url }: Enrolment,
  { centralUrl = central_url, ports }: CentralCall,
  waiting: string,
): Promise<{ readonly said: Finding; readonly clocks?: CentralVisit['clocks'] }> => {
  const url = centralUrl.replace(/\/+$/u, '');
  try {
    const answer = await ports.network.send({
      method: 'GET',
      url: `${url}/v1/catalog?since=${String(noNewerCatalog)}`,
      headers: { authorization: `Bearer ${token}` },
      timeoutMs: answerMsMax,
      bytesMax: answerBytesMax,
    });
    const said = saidBy(answer, { url, waiting });
    const central = Date.parse(answer.headers.get('date') ?? '');
    // What is not central may have any clock.
    if (said.code === 'CENTRAL_STRANGE' || Number.isNaN(central)) return { said };
    return { said, clocks: { central, own: ports.clock.wall() } };
  } catch (cause) {
    if (!(cause instanceof NetworkFault)) throw cause;
    return { said: finding('CENTRAL_SILENT', `Central at ${url} does not answer; ${waiting}.`) };
  }
};

const saidBy = (answer: NetworkAnswer, { url, waiting }: { url: string; waiting: string }): Finding => {
  const { status } = answer;
  if (status === 304) return finding('CENTRAL_REACHED', `Central at ${url} answers and takes the token; ${waiting}.`);
  const code = problemCodeOf(answer);
  if (code === undefined) {
    return finding('CENTRAL_STRANGE', `${url} answers ${String(status)}, but not as central does; ${waiting}.`);
  }
  const refused = `Central at ${url} answers, but does not take the token (${code}); ${waiting}.`;
  if (code === 'TOKEN_REVOKED') return finding('TOKEN_REVOKED', refused);
  if (status === 401 || status === 403) return finding('TOKEN_REFUSED', refused);
  return finding('CENTRAL_SILENT', `Central at ${url} answers ${String(status)} (${code}) at the moment; ${waiting}.`);
};

const problemCodeOf = ({ body, headers }: NetworkAnswer): string | undefined => {
  if (!/^application\/problem\+json/iu.test(headers.get('content-type') ?? '')) return undefined;
  try {
    return problemSchema.safeParse(JSON.parse(body.toString('utf8'))).data?.code;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
};
