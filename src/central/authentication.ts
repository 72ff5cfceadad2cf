import type { CentralDatabase } from './database.js';
import { adminTenantOf, badToken, type KnownTerminal, terminalOf } from './enrolment.js';
import type { Actor } from './office-actions.js';
import type { HttpRequest } from './http-exchange.js';
import { Problem } from './problem.js';
import { readToken, type TokenKind } from './secret.js';

/** Who asks, found out before the body of a request is read. */
export type Caller = { readonly kind: 'tt'; readonly terminal: KnownTerminal } | ({ readonly kind: 'ta' } & Actor);

/** Addresses that a terminal asks for with its token, by method and path. */
const terminalRoutes = new Set(['POST /v1/sync', 'GET /v1/catalog', 'GET /v1/stock']);
/** Addresses that need no token. */
const openRoutes = new Set(['POST /v1/enrolments']);

const callers = new WeakMap<object, Caller>();

/** The kind of token that an address needs; undefined when it needs none. */
const neededKind = (request: HttpRequest): TokenKind | undefined => {
  const path = request.routeOptions.url ?? '';
  const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${path}`;
  if (!path.startsWith('/v1/') || openRoutes.has(route)) return undefined;
  return terminalRoutes.has(route) ? 'tt' : 'ta';
};

/**
 * Lets a request through to its body only with a good token of the right kind.
 * @throws Problem TOKEN_INVALID 401, TOKEN_REVOKED or TOKEN_NOT_FOR_THIS 403
 */
export const authenticate = async (db: CentralDatabase, request: HttpRequest): Promise<void> => {
  const needed = neededKind(request);
  if (needed === undefined) return;
  const bearer = /^Bearer (?<token>\S{1,200})$/iu.exec(String(request.headers['authorization']))?.groups?.['token'];
  const presented = readToken(bearer ?? '');
  if (!presented) throw badToken();
  if (presented.kind !== needed) {
    throw new Problem(403, 'TOKEN_NOT_FOR_THIS', 'This kind of token does not open this address.');
  }
  callers.set(
    request.raw,
    needed === 'tt'
      ? { kind: 'tt', terminal: await terminalOf(db, presented) }
      : {
          kind: 'ta',
          tenant_id: await adminTenantOf(db, presented),
          actor: `admin ${presented.token_hash.slice(0, 8)}`,
        },
  );
};

/** The terminal whose token came with the request. */
export const callingTerminal = (request: HttpRequest): KnownTerminal => {
  const caller = callers.get(request.raw);
  if (caller?.kind !== 'tt') throw badToken();
  return caller.terminal;
};

/** The tenant whose back office the request's token opens. */
export const callingTenant = (request: HttpRequest): string => callingActor(request).tenant_id;

/** Who acts for that tenant. */
export const callingActor = (request: HttpRequest): Actor => {
  const caller = callers.get(request.raw);
  if (caller?.kind !== 'ta') throw badToken();
  return { tenant_id: caller.tenant_id, actor: caller.actor };
};
