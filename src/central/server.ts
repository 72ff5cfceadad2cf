import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { cutOff } from '../broken-request.js';
import { authenticate } from './authentication.js';
import type { CentralParts } from './central-parts.js';
import { CentralModule } from './central.module.js';
import { descriptionOf } from './description.js';
import { Drain } from './drain.js';
import type { HttpReply, HttpRequest } from './http-exchange.js';
import type { IngestParts } from './ingest.js';
import { bodyBytesMax, readCsvBody, readJsonBody } from './json-body.js';
import { Metrics } from './metrics.js';
import { Problem, problemDetails } from './problem.js';
import { answerProblem, ProblemFilter } from './problem-filter.js';
import { isUuid } from './tenant.js';

/** A request must be complete after this, in ms, and its headers after a third of it. */
const usualRequestMs = 30_000;
/** An idle connection is kept for the next request this long, in ms; longer than the usual pause of a relay. */
const keepAliveMs = 65_000;

/** Less than the ten seconds that Docker waits for, so that the database is closed in order, too. */
const usualDrainMs = 8000;

const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** How central deals with requests. */
export interface ServerOptions {
  /** Addresses of proxies whose word is taken for where a request comes from; none when left out. */
  readonly trustedProxies?: readonly string[];
  /** Requests under way are given so long when central stops, in ms. */
  readonly drainMsMax?: number;
  /** A request that takes longer to arrive is cut off, in ms. */
  readonly requestMsMax?: number;
}

/** The HTTP application of central, not listening yet. `close` lets requests that are under way end first. */
export const createServer = async (
  ingest: IngestParts,
  { trustedProxies = [], drainMsMax = usualDrainMs, requestMsMax = usualRequestMs }: ServerOptions = {},
): Promise<NestFastifyApplication> => {
  const parts: CentralParts = { ...ingest, metrics: new Metrics(ingest.db) };
  const { log, ports } = parts;
  const drain = new Drain({ clock: ports.clock, log, drainMsMax });
  const adapter = new FastifyAdapter({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    // Node looks after slow requests only so often, and takes the two limits for each other where the first is longer.
    http: { headersTimeout: requestMsMax / 3, connectionsCheckingInterval: requestMsMax / 6 },
    clientErrorHandler: (error: Error, socket: Socket) => {
      cutOff(socket, error, ({ status, detail }) =>
        JSON.stringify(problemDetails(new Problem(status, 'BODY_INVALID', detail), ports.randomness.uuid())),
      );
    },
    keepAliveTimeout: keepAliveMs,
    // Nobody is talked to any more by then.
    forceCloseConnections: true,
    return503OnClosing: false,
    // From anybody else, X-Forwarded-For says nothing.
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    requestIdHeader: false,
    genReqId: ({ headers: sent }: Pick<IncomingMessage, 'headers'>) => {
      const named = sent['x-request-id'];
      return typeof named === 'string' && isUuid(named) ? named : ports.randomness.uuid();
    },
    frameworkErrors: (_error: unknown, request: object, reply: object) => {
      const problem = new Problem(400, 'BODY_INVALID', 'The address cannot be read.');
      answerProblem(problem, request as HttpRequest, reply as HttpReply);
    },
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class that nobody makes
  const app = await NestFactory.create<NestFastifyApplication>(CentralModule.of(parts, drain), adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  const parse = (request: HttpRequest, body: Readable): Promise<unknown> =>
    readJsonBody(body, String(request.headers['content-encoding'] ?? 'identity'));
  fastify.addContentTypeParser('application/json', parse);
  fastify.addContentTypeParser('text/csv', readCsvBody);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...headers, 'x-request-id': request.id });
    drain.admit(reply.raw);
    await drain.during(authenticate(parts, request));
    expectNoQuery(request, plainRoutes);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    parts.metrics.answered({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    done();
  });
  app.useGlobalFilters(new ProblemFilter(log));
  app.useGlobalInterceptors(drain);
  const description = descriptionOf(app);
  const plainRoutes = plainRoutesOf(description);
  const text = JSON.stringify(description);
  fastify.get('/openapi.json', (_request, reply) => reply.type('application/json').send(text));
  return app;
};

/** The addresses of lists and the like that take nothing behind the question mark, as Fastify writes them. */
const plainRoutesOf = ({ paths }: ReturnType<typeof descriptionOf>): ReadonlySet<string> =>
  new Set(
    Object.entries(paths)
      .filter(([path, { get }]) => path.startsWith('/v1/') && get && !get.parameters?.some(isOfQuery))
      .map(([path]) => path.replaceAll(/\{(?<name>\w+)\}/gu, ':$<name>')),
  );

const isOfQuery = (parameter: object): boolean => 'in' in parameter && parameter.in === 'query';

/** What is asked for and not heeded would pass for what is answered. */
const expectNoQuery = ({ method, routeOptions, query }: HttpRequest, plainRoutes: ReadonlySet<string>): void => {
  if (!['GET', 'HEAD'].includes(method) || !plainRoutes.has(routeOptions.url ?? '')) return;
  if (Object.keys(query as object).length > 0) {
    throw new Problem(400, 'QUERY_INVALID', 'This address takes nothing behind the question mark.');
  }
};
