import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { machineNetwork, NetworkFault } from '../src/ports.js';

setFlagsFromString('--expose-gc');
// What is used often is compiled so that it forgets what it does not need any more; here it is so almost at once.
setFlagsFromString('--interrupt-budget=500');
const collectGarbage = runInNewContext('gc') as () => void;

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
};

const send = (url: string, signal: AbortSignal, timeoutMs = 300) =>
  machineNetwork.send({ method: 'POST', url, headers: {}, body: 'x', timeoutMs, bytesMax: 1000, signal });

/** Makes tills that have talked to central for hours. */
const useOften = async (): Promise<void> => {
  const url = await serve((_request, response) => response.end('ok'));
  const tills = Array.from({ length: 20 }, () => new AbortController().signal);
  for (let round = 0; round < 40; round += 1) await Promise.all(tills.map((signal) => send(url, signal, 60_000)));
};

/** How often memory is cleared while an exchange hangs. */
const whileMemoryIsCleared = async (work: Promise<unknown>): Promise<void> => {
  const timer = setInterval(collectGarbage, 10);
  await work.finally(() => clearInterval(timer));
};

describe('the network of this machine', () => {
  beforeAll(useOften);

  it.each<[string, RequestListener]>([
    ['nothing', () => undefined],
    [
      'half of its answer',
      (_request, response) => void response.writeHead(200, { 'content-length': 100 }).write('half'),
    ],
  ])(
    'gives a central up that sends %s, however often memory is cleared meanwhile',
    async (_what, listener) => {
      const url = await serve(listener);
      const exchanges = Array.from({ length: 50 }, () =>
        send(url, new AbortController().signal).catch((cause: unknown) => cause),
      );
      await whileMemoryIsCleared(
        Promise.all(exchanges).then((ends) => {
          for (const end of ends) expect(end).toBeInstanceOf(NetworkFault);
        }),
      );
    },
    30_000,
  );

  it('gives up at once when it is told to, however often memory was cleared before', async () => {
    let arrived = 0;
    const url = await serve(() => (arrived += 1));
    const stop = new AbortController();
    const exchange = send(url, stop.signal, 60_000).catch((cause: unknown) => cause);
    while (arrived === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let time = 0; time < 20; time += 1) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    stop.abort();
    expect(await exchange).toBeInstanceOf(NetworkFault);
  }, 30_000);
});
