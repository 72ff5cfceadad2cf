import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../ports.js';
import { Problem, problemBody, problemType } from './problem.js';

/** What stands on every answer: pages of others can neither frame nor read it, and nothing keeps a copy. */
const headers = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const readingMethods = ['GET', 'HEAD', 'OPTIONS'];

/** A name and port as they stand in a Host header; an IPv6 address goes in brackets. */
export const hostHeader = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

/** Answers a request that never reached its route, and ends the connection. */
export const answerProblem = (response: ServerResponse, problem: Problem): void => {
  response.writeHead(problem.status, { 'content-type': problemType, connection: 'close' });
  response.end(problemBody(problem));
};

/**
 * The check before any routing: a page of the internet that resolves to this machine, or that posts to it from another
 * origin or listens to it from there, is refused.
 * @param port where the server listens, once it does
 */
export const frontDoor = (configuredHost: string, port: () => number, log: Log) => {
  const ownHosts = (): readonly string[] =>
    ['127.0.0.1', 'localhost', configuredHost].map((host) => hostHeader(host, port()));

  const problemWith = (request: IncomingMessage): Problem | undefined => {
    const own = ownHosts();
    const host = request.headers.host?.toLowerCase();
    if (host === undefined || !own.includes(host)) {
      return new Problem(421, 'HOST_UNKNOWN', 'This server does not answer to that name. Use the address it printed.');
    }
    if (!isForeign(request, own) || !(mayChange(request) || staysOpen(request))) return undefined;
    return new Problem(403, 'ORIGIN_FORBIDDEN', 'Another web page may not do this. Nothing was recorded.');
  };

  /** Whether the request may go on; when not, it was answered. */
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const problem = problemWith(request);
    if (!problem) return true;
    log.warn({ code: problem.code, method: request.method }, 'a request was refused at the door');
    request.resume();
    answerProblem(response, problem);
    return false;
  };
};

/** Whether another web page sent it, as far as a browser says so. */
const isForeign = ({ headers: { origin, 'sec-fetch-site': site } }: IncomingMessage, own: readonly string[]): boolean =>
  (origin !== undefined && !own.some((host) => origin === `http://${host}`)) ||
  (site !== undefined && site !== 'same-origin' && site !== 'none');

const mayChange = ({ method = '' }: IncomingMessage): boolean => !readingMethods.includes(method);

/** Whether it asks for a connection on which it goes on hearing, such as a WebSocket or a stream of events. */
const staysOpen = ({ headers: { upgrade, accept = '' } }: IncomingMessage): boolean =>
  upgrade !== undefined || accept.includes('text/event-stream');
