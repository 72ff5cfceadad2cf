import { mayDo, type OfficeRole } from './accounts.js';
import type { CentralParts } from './central-parts.js';
import { adminTenantOf, badToken } from './enrolment.js';
import type { Actor } from './office-actions.js';
import type { HttpRequest } from './http-exchange.js';
import { type OfficeSession, readCookie, sessionOf } from './office-login.js';
import { Problem } from './problem.js';
import { type PresentedToken, readToken, type TokenKind } from './secret.js';
import { type PresentTerminal, terminalOf } from './terminal-tokens.js';

/** Somebody, or a program, at the back office of one tenant. */
export interface OfficeCaller extends Actor {
  readonly kind: 'office';
  readonly role: OfficeRole;
  /** Null for a program with the token of an administrator. */
  readonly session: OfficeSession | null;
}

/** Who asks, found out before the body of a request is read. */
export type Caller = { readonly kind: 'tt'; readonly terminal: PresentTerminal } | OfficeCaller;

/** Addresses that a terminal asks for with its token, by method and path. */
const terminalRoutes = new Set(['POST /v1/sync', 'POST /v1/token', 'GET /v1/catalog', 'GET /v1/stock']);
/** Addresses that need no token. */
const openRoutes = new Set(['POST /v1/enrolments', 'POST /v1/login']);
/** What even a viewer may do besides looking. */
const ownRoutes = new Set(['POST /v1/logout', 'POST /v1/me/password']);

/** What opens a route: nothing where it is open to everybody; a token; or, at the back office, a session too. */
export const keysTo = (route: string): readonly ('bearer' | 'cookie')[] => {
  if (!route.includes(' /v1/') || openRoutes.has(route)) return [];
  return terminalRoutes.has(route) ? ['bearer'] : ['bearer', 'cookie'];
};

const callers = new WeakMap<object, Caller>();

/** The route of a request; undefined when it is outside the interface. */
const routeOf = (request: HttpRequest): string | undefined => {
  const path = request.routeOptions.url ?? '';
  return path.startsWith('/v1/') ? `${request.method === 'HEAD' ? 'GET' : request.method} ${path}` : undefined;
};

/**
 * Lets a request through to its body only with a good token of the right kind, or with the cookie of somebody who may do
 * that.
 * @throws Problem TOKEN_INVALID 401; TOKEN_REVOKED, TOKEN_NOT_FOR_THIS, ROLE_TOO_LOW or ORIGIN_REFUSED 403
 */
export const authenticate = async (parts: CentralParts, request: HttpRequest): Promise<void> => {
  const route = routeOf(request);
  if (route === undefined) return;
  if (openRoutes.has(route)) {
    checkOrigin(request);
    return;
  }
  const needed = terminalRoutes.has(route) ? 'tt' : 'ta';
  const caller = await callerOf(parts, request, needed);
  if (caller.kind === 'office' && !mayDo(caller.role, roleFor(route))) {
    throw new Problem(403, 'ROLE_TOO_LOW', `This needs the role ${roleFor(route)}; yours is ${caller.role}.`);
  }
  callers.set(request.raw, caller);
};

const callerOf = async (parts: CentralParts, request: HttpRequest, needed: TokenKind): Promise<Caller> => {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined && cookie !== undefined && needed === 'ta') return personOf(parts, request);
  if (authorization === undefined && needed === 'ta') {
    throw new Problem(401, 'TOKEN_INVALID', 'Sign in with POST /v1/login, or send the token of an administrator.');
  }
  const presented = bearerOf(String(authorization));
  if (presented.kind !== needed) {
    throw new Problem(403, 'TOKEN_NOT_FOR_THIS', 'This kind of token does not open this address.');
  }
  if (needed === 'tt') return { kind: 'tt', terminal: await terminalOf(parts.db, presented, parts.ports) };
  const tenant_id = await adminTenantOf(parts.db, presented);
  return {
    kind: 'office',
    tenant_id,
    actor: `admin ${presented.token_hash.slice(0, 8)}`,
    role: 'owner',
    session: null,
  };
};

/** The secret of a session is no bearer token: it counts only as a cookie, which other sites cannot send. */
const bearerOf = (authorization: string): PresentedToken => {
  const presented = readToken(/^Bearer (?<token>\S{1,200})$/iu.exec(authorization)?.groups?.['token'] ?? '');
  if (!presented || presented.kind === 'tu') throw badToken();
  return presented;
};

const personOf = async ({ db, ports }: CentralParts, request: HttpRequest): Promise<OfficeCaller> => {
  checkOrigin(request);
  const presented = readCookie(String(request.headers['cookie']));
  const session = presented && (await sessionOf(db, presented, ports));
  if (!session) throw new Problem(401, 'TOKEN_INVALID', 'Sign in again: the session is over.');
  if (!isLooking(request) && request.headers['x-tillog-request'] === undefined) {
    throw new Problem(
      403,
      'ORIGIN_REFUSED',
      'A change needs the header X-Tillog-Request, which no other site can send.',
    );
  }
  return { kind: 'office', tenant_id: session.tenant_id, actor: session.name, role: session.role, session };
};

const isLooking = ({ method }: HttpRequest): boolean => method === 'GET' || method === 'HEAD';

/** A browser says from where a request was made: only from central's own pages is it taken. */
const checkOrigin = ({ headers }: HttpRequest): void => {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const isForeign = origin !== undefined && (!URL.canParse(String(origin)) || new URL(String(origin)).host !== host);
  if (isForeign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw new Problem(403, 'ORIGIN_REFUSED', 'Another site may not ask in your name. Nothing was done.');
  }
};

/** Accounts and tokens are the owner's; looking is everybody's; the rest is a manager's. */
const roleFor = (route: string): OfficeRole => {
  if (/ \/v1\/users(\/|$)|\/rotate-token$/u.test(route)) return 'owner';
  return route.startsWith('GET ') || ownRoutes.has(route) ? 'viewer' : 'manager';
};

/** The terminal whose token came with the request. */
export const callingTerminal = (request: HttpRequest): PresentTerminal => {
  const caller = callers.get(request.raw);
  if (caller?.kind !== 'tt') throw badToken();
  return caller.terminal;
};

/** Who asks at the back office. */
export const callingOffice = (request: HttpRequest): OfficeCaller => {
  const caller = callers.get(request.raw);
  if (caller?.kind !== 'office') throw badToken();
  return caller;
};

/** The tenant whose back office the request opens. */
export const callingTenant = (request: HttpRequest): string => callingOffice(request).tenant_id;
