/**
 * Every reason for which a request as a whole is refused. Clients depend on them: a released code is never renamed.
 * What central thinks of one event of a batch is a verdict instead, and never refuses the request.
 */
export const problemCodes = [
  'BODY_INVALID',
  'BODY_TOO_DEEP',
  'BODY_TOO_LARGE',
  'CATALOG_INVALID',
  'CATALOG_UNKNOWN',
  'CERTIFICATE_REFUSED',
  'CODE_EXPIRED',
  'CODE_UNKNOWN',
  'CODE_USED',
  'DAY_UNKNOWN',
  'DRAFT_CHANGED',
  'FORK_DOUBLES',
  'FORK_UNKNOWN',
  'INTERNAL',
  'KEY_INVALID',
  'LAST_OWNER',
  'LOGIN_WRONG',
  'MEDIA_TYPE_UNSUPPORTED',
  'METHOD_NOT_ALLOWED',
  'NOT_FOUND',
  'ORIGIN_REFUSED',
  'PASSWORD_WEAK',
  'PIN_WEAK',
  'QUERY_INVALID',
  'RECEIPT_UNKNOWN',
  'REQUEST_INVALID',
  'REVISION_MISSING',
  'ROLE_TOO_LOW',
  'ROTATION_NOT_ASKED',
  'SIGNATURE_INVALID',
  'STORE_UNKNOWN',
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
  'USERNAME_TAKEN',
  'USER_UNKNOWN',
] as const;

/** One of {@link problemCodes}. */
export type ProblemCode = (typeof problemCodes)[number];

/** A request was refused: answered as problem details (RFC 9457) with a stable `code`. Nothing was changed by it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** Each thing that is wrong, where there are several, for a person. */
  readonly problems: readonly string[] = [];

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

/** A request was refused for several reasons at once, so that all of them can be put right at once. */
export class ProblemList extends Problem {
  /** @param problems at most some hundred, each for a person */
  constructor(
    status: number,
    code: ProblemCode,
    detail: string,
    override readonly problems: readonly string[],
  ) {
    super(status, code, detail);
  }
}

/** Seconds after which it makes sense to ask again a central that cannot do its work for now. */
const retryAfterSeconds = 5;

/**
 * Central cannot do its work for now, and whoever asked is to ask again.
 * @param detail as of {@link Problem}
 */
export const unavailable = (detail: string, headers: Problem['headers'] = {}): Problem =>
  new Problem(503, 'UNAVAILABLE', detail, { 'retry-after': String(retryAfterSeconds), ...headers });

/** The body of an answer of type `application/problem+json`. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly request_id: string;
  /** Each thing that is wrong, where there are several. */
  readonly problems?: readonly string[];
}

/** The problem as it is answered. */
export const problemDetails = ({ status, code, detail, problems }: Problem, request_id: string): ProblemDetails => ({
  type: 'about:blank',
  title: code.toLowerCase().replaceAll('_', ' '),
  status,
  code,
  detail,
  request_id,
  ...(problems.length > 0 ? { problems } : {}),
});
