import { PaperFault } from '../../hardware/paper-fault.js';
import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { Refusal, type RefusalCode } from '../../domain/refusal.js';
import { errorCode } from '../../events/error-code.js';
import { ImportFault } from '../catalog-import.js';
import { ExportFault } from '../log-exports.js';
import { DiskFull, KeyReused } from '../recording-fault.js';
import { DamagedLog } from '../start-check.js';
import { StaffUnreadable, TooManyAttempts, WrongPin } from '../sign-in.js';

/**
 * Every reason besides a refusal of the till for which a request is refused. Clients depend on them: a released code is
 * never renamed.
 */
export const problemCodes = [
  'APPROVAL_FAILED',
  'BODY_INVALID',
  'BODY_TOO_DEEP',
  'BODY_TOO_LARGE',
  'CATALOG_INVALID',
  'COUNT_IS_BLIND',
  'DATABASE_BUSY',
  'DISK_FULL',
  'ENROLLED',
  'EXPORT_REFUSED',
  'EXPORT_STOPPED',
  'EXPORT_UNDER_WAY',
  'EXPORT_UNWRITTEN',
  'HOST_UNKNOWN',
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_KEY_MISSING',
  'IDEMPOTENCY_KEY_REUSED',
  'INTERNAL',
  'LOG_DAMAGED',
  'MEDIA_TYPE_UNSUPPORTED',
  'METHOD_NOT_ALLOWED',
  'NOT_FOUND',
  'NOT_READY',
  'ORIGIN_FORBIDDEN',
  'PAPER_NOT_DOUBTFUL',
  'PAPER_UNFIT',
  'QUERY_INVALID',
  'REQUEST_INVALID',
  'SESSION_LOCKED',
  'SIGN_IN_FAILED',
  'STAFF_UNREADABLE',
  'STREAMS_TOO_MANY',
  'TOO_MANY_ATTEMPTS',
  'UNAUTHENTICATED',
  'VALIDATION_FAILED',
] as const;

/** One of {@link problemCodes}, or the code of a refusal. */
export type ProblemCode = (typeof problemCodes)[number] | RefusalCode;

/** What a problem may say besides its code, for programs; and headers that belong to the answer. */
export interface ProblemExtras {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is answered with problem details (RFC 9457). Nothing was recorded by it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status of the HTTP answer
   * @param detail for a person: what happened, what it means for the money, what to do; nothing secret
   */
  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** The media type of every refused answer. */
export const problemType = 'application/problem+json';

/** The problem as it is answered: its details stand beside the members of RFC 9457 and never replace one. */
export const problemBody = ({ status, code, detail, extras }: Problem): string => {
  const { code: product_code, ...details } = extras.details ?? {};
  return JSON.stringify({
    ...details,
    ...(product_code === undefined ? {} : { product_code }),
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
  });
};

/** The refusals that are not 422: nobody's input is wrong, but the till is not where it would have to be. */
const refusalStatus: Partial<Record<RefusalCode, number>> = {
  APPROVAL_REQUIRED: 403,
  SESSION_NOT_OPEN: 409,
  SESSION_ALREADY_OPEN: 409,
  CATALOG_MISSING: 409,
  CURRENCY_CHANGED: 409,
  SALE_UNKNOWN: 404,
  SALE_KNOWN: 409,
  SALE_VOIDED: 409,
  SALE_REFUNDED: 409,
  SALE_NOT_OF_SESSION: 409,
  TRAINING_MISMATCH: 409,
  REFUND_EXCEEDS_SOLD: 409,
  TICKET_UNKNOWN: 404,
  TICKET_CLOSED: 409,
  TICKETS_FULL: 409,
  REJECTION_UNKNOWN: 404,
  REJECTION_SETTLED: 409,
};

/** What the web server itself refuses, by the status that it would answer with. */
const serverProblems: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  400: ['REQUEST_INVALID', 'The request cannot be read.'],
  404: ['NOT_FOUND', 'There is nothing at this address.'],
  408: ['REQUEST_INVALID', 'The request took too long.'],
  413: ['BODY_TOO_LARGE', 'The body is larger than this request may be. Nothing was recorded.'],
  414: ['REQUEST_INVALID', 'The address is too long.'],
  415: ['MEDIA_TYPE_UNSUPPORTED', 'Send the body as application/json. Nothing was recorded.'],
};

/** The body is of a kind that this address does not take. */
export const unsupportedMediaType = (): Problem => serverProblem({ statusCode: 415 });

/**
 * What is answered when a request ends with this error. Only what a client may know is in it; anything unexpected
 * becomes INTERNAL without a detail.
 */
export const problemOf = (cause: unknown): Problem => {
  if (cause instanceof Problem) return cause;
  if (cause instanceof Refusal) {
    return new Problem(refusalStatus[cause.code] ?? 422, cause.code, cause.message, { details: cause.details });
  }
  if (cause instanceof PaperFault) {
    return new Problem(422, 'PAPER_UNFIT', cause.message, { details: { fault: cause.code } });
  }
  return (
    recordingProblem(cause) ??
    importProblem(cause) ??
    exportProblem(cause) ??
    signInProblem(cause) ??
    serverProblem(cause)
  );
};

const recordingProblem = (cause: unknown): Problem | undefined => {
  if (cause instanceof KeyReused) return new Problem(409, 'IDEMPOTENCY_KEY_REUSED', cause.message);
  if (cause instanceof DiskFull) return new Problem(507, 'DISK_FULL', cause.message);
  if (cause instanceof DamagedLog)
    return new Problem(503, 'LOG_DAMAGED', `${cause.message} Nothing is sold on it.`, {
      details: { damage: cause.code },
    });
  if (errorCode(cause).startsWith('SQLITE_BUSY')) {
    const detail = 'Another program holds the database. Nothing was recorded: try again.';
    return new Problem(503, 'DATABASE_BUSY', detail, { headers: { 'retry-after': '1' } });
  }
  return undefined;
};

const importProblem = (cause: unknown): Problem | undefined => {
  if (!(cause instanceof ImportFault)) return undefined;
  const { code, detail, rows } = cause;
  return code === 'ENROLLED'
    ? new Problem(409, 'ENROLLED', detail)
    : new Problem(422, 'CATALOG_INVALID', detail, { details: { errors: rows } });
};

const exportStatus: Readonly<Record<ExportFault['code'], number>> = {
  EXPORT_REFUSED: 422,
  EXPORT_STOPPED: 503,
  EXPORT_UNDER_WAY: 409,
  EXPORT_UNWRITTEN: 507,
};

const exportProblem = (cause: unknown): Problem | undefined =>
  cause instanceof ExportFault ? new Problem(exportStatus[cause.code], cause.code, cause.message) : undefined;

const signInProblem = (cause: unknown): Problem | undefined => {
  if (cause instanceof WrongPin) {
    return cause.purpose === 'sign_in'
      ? new Problem(401, 'SIGN_IN_FAILED', cause.message)
      : new Problem(403, 'APPROVAL_FAILED', `${cause.message} Nothing was approved and nothing was recorded.`);
  }
  if (cause instanceof StaffUnreadable) return new Problem(503, 'STAFF_UNREADABLE', cause.message);
  if (!(cause instanceof TooManyAttempts)) return undefined;
  const seconds = Math.max(1, Math.ceil(cause.retryAfterMs / 1000));
  return new Problem(429, 'TOO_MANY_ATTEMPTS', cause.message, {
    details: { retry_after_seconds: seconds },
    headers: { 'retry-after': String(seconds) },
  });
};

const serverProblem = (cause: unknown): Problem => {
  const status = statusOf(cause);
  const [code, detail] = serverProblems[status] ?? [];
  if (code !== undefined && detail !== undefined) return new Problem(status, code, detail);
  return new Problem(
    500,
    'INTERNAL',
    'Something went wrong inside the terminal. Ask for the last receipt before trying again with the same key.',
  );
};

const statusOf = (cause: unknown): number => {
  if (cause instanceof HttpException) return cause.getStatus();
  if (typeof cause !== 'object' || cause === null || !('statusCode' in cause)) return 500;
  return typeof cause.statusCode === 'number' ? cause.statusCode : 500;
};
