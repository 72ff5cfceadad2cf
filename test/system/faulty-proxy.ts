import { once } from 'node:events';
import { createServer, type IncomingMessage, request as ask, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a line may do to a request. */
export const faults = [
  /** Nobody listens for a while. */
  'refused',
  /** Cut before central hears of the request. */
  'cut before the request',
  'cut during the request',
  /** Central has the whole request; nobody waits for its answer. */
  'cut after the request',
  /** Central committed and answered; the answer never arrives. */
  'cut before the answer',
  'cut during the answer',
  /** A whole HTTP answer whose body ends in the middle. */
  'shortened answer',
  /** The whole answer, a few bytes at a time. */
  'dribbled answer',
  /** Central answered; the terminal hears nothing for as long as it waits. */
  'late answer',
  'too many requests',
  'server error',
  'bad gateway',
  'login page',
  'redirect',
] as const;

/** One of {@link faults}. */
export type Fault = (typeof faults)[number];

/** Numbers at least 0, below 1, the same ones for the same seed (mulberry32). */
export const drawnFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** What comes back from behind the line. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** How a line behaves. */
export interface Line {
  /** The same seed gives the same faults, request by request. */
  readonly seed: number;
  /** How much of all requests meets a fault, 0 to 1. */
  readonly share: number;
  /** Where the next request goes. */
  target(): string;
}

/** Nobody listens for at most so long, in ms. */
const deafMsMax = 300;
const html = '<!doctype html><html><body>Please sign in to the network of the hotel.</body></html>';

/** A line between a terminal and central: an HTTP proxy that loses, cuts, shortens, delays and makes up answers. */
export class FaultyProxy {
  /** How often each fault happened. */
  readonly met = new Map<Fault, number>();
  private readonly draw: () => number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private share: number;
  private listening: Promise<unknown> = Promise.resolve();

  private constructor(private readonly line: Line) {
    this.draw = drawnFrom(line.seed);
    this.share = line.share;
    this.server = createServer((request, response) => {
      // What is cut on purpose is not an error of the line.
      this.pass(request, response).catch(() => response.destroy());
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** A line that is up. */
  static async start(line: Line): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(line);
    await proxy.listen();
    proxy.port = (proxy.server.address() as AddressInfo).port;
    return proxy;
  }

  /** Where terminals reach it, always the same. */
  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** From now on everything passes. */
  calm(): void {
    this.share = 0;
  }

  async stop(): Promise<void> {
    this.calm();
    await this.listening;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async listen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isFaulty = this.draw() < this.share;
    const chosen = faults[Math.floor(this.draw() * faults.length)];
    const howMuch = this.draw();
    if (!isFaulty || chosen === undefined) {
      answerWith(response, await this.forward(request));
      return;
    }
    this.met.set(chosen, (this.met.get(chosen) ?? 0) + 1);
    await this.misbehave[chosen](request, response, howMuch);
  }

  private readonly misbehave: Readonly<
    Record<Fault, (request: IncomingMessage, response: ServerResponse, howMuch: number) => Promise<void> | void>
  > = {
    refused: (_request, _response, howMuch) => this.goDeaf(howMuch * deafMsMax),
    'cut before the request': (request) => void request.socket.destroy(),
    'cut during the request': (request, _response, howMuch) => this.cutDuring(request, howMuch),
    'cut after the request': async (request) => {
      const answer = this.forward(request, () => request.socket.destroy());
      await answer;
    },
    'cut before the answer': async (request) => {
      await this.forward(request);
      request.socket.destroy();
    },
    'cut during the answer': async (request, response, howMuch) => {
      const { status, headers, body } = await this.forward(request);
      response.writeHead(status, { ...headers, 'content-length': body.length });
      response.write(body.subarray(0, Math.floor(body.length * howMuch)), () => request.socket.destroy());
    },
    'shortened answer': async (request, response, howMuch) => {
      const { body, ...answer } = await this.forward(request);
      answerWith(response, { ...answer, body: body.subarray(0, Math.floor(body.length * howMuch)) });
    },
    'dribbled answer': async (request, response) => {
      const { status, headers, body } = await this.forward(request);
      response.writeHead(status, { ...headers, 'content-length': body.length });
      const step = Math.max(1, Math.ceil(body.length / 20));
      for (let from = 0; from < body.length; from += step) {
        response.write(body.subarray(from, from + step));
        await after(5);
      }
      response.end();
    },
    'late answer': async (request, response) => {
      const gone = once(response, 'close');
      await this.forward(request);
      await gone;
    },
    'too many requests': (_request, response, howMuch) => {
      const headers = { 'retry-after': String(1 + Math.floor(howMuch * 5)) };
      answerWith(response, { status: 429, headers, body: Buffer.from('{}') });
    },
    'server error': (_request, response) => answerWith(response, { status: 500, headers: {}, body: Buffer.from('{}') }),
    'bad gateway': (_request, response) => answerWith(response, badGateway),
    'login page': (_request, response) => answerWith(response, { ...badGateway, status: 200 }),
    redirect: (_request, response) =>
      answerWith(response, { ...badGateway, status: 302, headers: { location: `${this.url}/login` } }),
  };

  private goDeaf(ms: number): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    this.listening = this.listening.then(async () => {
      await after(ms);
      await this.listen();
    });
  }

  private async cutDuring(request: IncomingMessage, howMuch: number): Promise<void> {
    const body = await bodyOf(request);
    const { socket, method, headers, url } = request;
    const half = ask(`${this.line.target()}${url ?? ''}`, { method, headers, agent: false });
    half.on('error', () => socket.destroy());
    half.write(body.subarray(0, Math.floor(body.length * howMuch)), () => {
      half.destroy();
      socket.destroy();
    });
  }

  /** @param sent is called when the whole request is on its way */
  private async forward(request: IncomingMessage, sent: () => void = () => undefined): Promise<Answer> {
    const body = await bodyOf(request);
    const { method, headers, url } = request;
    const onward = ask(`${this.line.target()}${url ?? ''}`, { method, headers, agent: false });
    onward.end(body, sent);
    try {
      const [answer] = (await once(onward, 'response')) as [IncomingMessage];
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer) };
    } catch {
      // As a gateway says it whose central was killed.
      return badGateway;
    }
  }
}

const badGateway: Answer = { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from(html) };

const answerWith = (response: ServerResponse, { status, headers, body }: Answer): void => {
  const { 'transfer-encoding': _chunked, connection: _hop, ...kept } = headers;
  const isBodiless = status === 304;
  response.writeHead(status, isBodiless ? kept : { ...kept, 'content-length': body.length });
  response.end(body);
};

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
