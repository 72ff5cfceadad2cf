/**
 * Every reason for which a request as a whole is refused. Clients depend on them: a released code is never renamed.
 * What central thinks of one event of a batch is a verdict instead, and never refuses the request.
 */
export const problemCodes = [
  'BODY_INVALID',
  'BODY_TOO_DEEP',
  'BODY_TOO_LARGE',
  'CATALOG_INVALID',
  'CODE_EXPIRED',
  'CODE_UNKNOWN',
  'CODE_USED',
  'FORK_DOUBLES',
  'FORK_UNKNOWN',
  'INTERNAL',
  'KEY_INVALID',
  'MEDIA_TYPE_UNSUPPORTED',
  'METHOD_NOT_ALLOWED',
  'NOT_FOUND',
  'QUERY_INVALID',
  'REQUEST_INVALID',
  'TERMINAL_KEY_DIFFERS',
  'TERMINAL_REVOKED',
  'TERMINAL_UNKNOWN',
  'TOKEN_INVALID',
  'TOKEN_NOT_FOR_THIS',
  'TOKEN_OF_ANOTHER',
  'TOKEN_REVOKED',
  'TOO_MANY_ATTEMPTS',
  'TOO_MANY_EVENTS',
  'UNAVAILABLE',
] as const;

/** One of {@link problemCodes}. */
export type ProblemCode = (typeof problemCodes)[number];

/** A request was refused: answered as problem details (RFC 9457) with a stable `code`. Nothing was changed by it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status of the HTTP answer
   * @param detail for a person: what happened and what to do; no SQL, no secret
   * @param headers that belong to the answer, such as Retry-After
   */
  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** The body of an answer of type `application/problem+json`. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly request_id: string;
}

/** The problem as it is answered. */
export const problemDetails = ({ status, code, detail }: Problem, request_id: string): ProblemDetails => ({
  type: 'about:blank',
  title: code.toLowerCase().replaceAll('_', ' '),
  status,
  code,
  detail,
  request_id,
});
