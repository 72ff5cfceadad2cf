import 'reflect-metadata';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { refusalCodes } from '../../domain/refusal.js';
import { cutOff } from '../../broken-request.js';
import { withExamples } from '../../openapi/examples.js';
import type { Log } from '../../ports.js';
import { SignIn } from '../sign-in.js';
import { TerminalModule, type TerminalParts } from '../terminal-module.js';
import { version } from '../version.js';
import { examples, refused } from './examples/examples.js';
import { answerProblem, frontDoor, hostHeader } from './front-door.js';
import { bodyBytesMax, importBytesMax, readJsonBody, saleBytesMax } from './json-body.js';
import { Problem, problemBody, problemCodes, problemOf, unsupportedMediaType } from './problem.js';
import { LiveStreams } from './live-streams.js';
import { ProblemFilter } from './problem-filter.js';
import { Routes } from './routes.js';
import { SignedInGuard } from './signed-in.js';
import { Validation } from './validation.js';

/** How the terminal's server is started. */
export interface TerminalServerOptions extends TerminalParts {
  /** The address to listen on; only programs on this machine reach 127.0.0.1. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
}

/** A running server. */
export interface TerminalServer {
  readonly url: string;
  /** Ends what is under way, then all connections. The terminal itself stays open. */
  stop(): Promise<void>;
}

/** A request must be complete after this, in ms, and its headers after {@link headersMsMax}. */
const requestMsMax = 30_000;
const headersMsMax = 10_000;
const keepAliveMs = 65_000;
/** More connections than a shop's screens need are refused. */
const connectionsMax = 200;
/** Requests that are not done after this when the server stops are cut. */
const stopMsMax = 5000;

/** The addresses that take a whole sale, or what becomes one. */
const saleAddresses = ['/v1/sales', '/v1/sales/quote', '/v1/tickets', '/v1/tickets/:ticket_id/park'];
/** The one that takes a file. */
const importAddress = '/v1/catalog/import';
/** The addresses that take as many lines as a sale. */
const stockAddresses = ['/v1/stock/counts', '/v1/stock/receipts'];

/**
 * Starts the till over HTTP.
 * @throws Error with code EADDRINUSE when the port is taken
 */
export const startTerminalServer = async (options: TerminalServerOptions): Promise<TerminalServer> => {
  const { host, port, ports, log } = options;
  let server: Server | undefined;
  const portInUse = (): number => (server?.address() as AddressInfo | null | undefined)?.port ?? port;
  const admits = frontDoor(host, portInUse, log);
  const adapter = adapterOn((listener) => {
    const made = createServer(
      { requestTimeout: requestMsMax, headersTimeout: headersMsMax, keepAliveTimeout: keepAliveMs },
      (request, response) => {
        if (admits(request, response)) listener(request, response);
      },
    );
    made.maxConnections = connectionsMax;
    // For “localhost” Fastify asks for a second one, on the other address of that name.
    server ??= made;
    return made;
  });
  const app = await createApplication(options, adapter);
  try {
    await app.listen(port, host);
  } catch (cause) {
    await app.close();
    throw cause;
  }
  const url = `http://${hostHeader(host, portInUse())}`;
  log.info({ url }, 'the terminal is listening');
  return {
    url,
    stop: async () => {
      const done = new AbortController();
      const cut = ports.clock.sleep(stopMsMax, done.signal).then(() => server?.closeAllConnections());
      app.get(LiveStreams).close();
      await app.close();
      done.abort();
      await cut;
    },
  };
};

const adapterOn = (serverFor: (listener: RequestListener) => Server): FastifyAdapter =>
  new FastifyAdapter({
    bodyLimit: bodyBytesMax,
    trustProxy: false,
    exposeHeadRoutes: false,
    serverFactory: (listener: RequestListener) => serverFor(listener),
    frameworkErrors: (error: Error, _request: unknown, { raw }: { readonly raw: ServerResponse }) => {
      answerProblem(raw, problemOf(error));
    },
    clientErrorHandler: (error: Error, socket: Socket) => {
      cutOff(socket, error, ({ status, detail }) => problemBody(new Problem(status, 'REQUEST_INVALID', detail)));
    },
  });

const createApplication = async (
  parts: TerminalServerOptions,
  adapter: FastifyAdapter,
): Promise<NestFastifyApplication> => {
  const quiet: Readonly<NestApplicationOptions> = { logger: false, abortOnError: false, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(TerminalModule.on(parts), adapter, quiet);
  const fastify = adapter.getInstance();
  const routes = new Routes();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, readJsonBody(body as Buffer));
    } catch (cause) {
      done(cause as Error);
    }
  });
  fastify.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.routeOptions.url === importAddress) done(null, { csv: body.toString('utf8') });
    else done(unsupportedMediaType());
  });
  fastify.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) routes.add(method, route.url);
    if ([...saleAddresses, ...stockAddresses].includes(route.url)) route.bodyLimit = saleBytesMax;
    if (route.url === importAddress) route.bodyLimit = importBytesMax;
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? routes.problemWith(request.url) : undefined);
  });
  app.useGlobalFilters(new ProblemFilter(parts.log));
  app.useGlobalPipes(new Validation());
  app.useGlobalGuards(new SignedInGuard(app.get(SignIn), app.get(Reflector)));
  const description = JSON.stringify(descriptionOf(app));
  fastify.get('/openapi.json', (_request, reply) => reply.type('application/json').send(description));
  return app;
};

const descriptionOf = (app: NestFastifyApplication) => {
  const token = { type: 'http', scheme: 'bearer', description: 'What POST /v1/login answers as token.' } as const;
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('tillog terminal')
    .setVersion(version)
    .addBearerAuth(token)
    .build();
  const codes = [...problemCodes, ...refusalCodes].sort();
  return withExamples(SwaggerModule.createDocument(app, about), examples, { codes, example: refused });
};
