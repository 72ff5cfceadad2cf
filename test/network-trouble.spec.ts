import { type ChildProcess, spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineNetwork } from '../src/ports.js';
import { compileSource } from './terminal/compiled-source.js';
import { expiredCertificate, goodCertificate, tlsKey } from './tls-certificates.js';

const servers: Server[] = [];
const sockets: Socket[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

const listening = async (server: Server): Promise<number> => {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const plain = (): Promise<number> => listening(createServer((_request, response) => response.end('central')));
const overTls = (cert: string): Promise<number> =>
  listening(createTlsServer({ key: tlsKey, cert }, (_request, response) => response.end('central')));

const send = (url: string) =>
  machineNetwork.send({ method: 'GET', url, headers: {}, timeoutMs: 10_000, bytesMax: 1000 });

/** Names as a name server would give them: the sockets behind them are real. */
const named = async <Result>(addresses: readonly dns.LookupAddress[], work: () => Promise<Result>): Promise<Result> => {
  const before = dns.lookup;
  const answer = (_host: string, _options: dns.LookupAllOptions, done: (error: null, all: unknown) => void): void =>
    done(null, addresses);
  dns.lookup = answer as unknown as typeof dns.lookup;
  try {
    return await work();
  } finally {
    dns.lookup = before;
  }
};

const v6 = { address: '::1', family: 6 };
const v4 = { address: '127.0.0.1', family: 4 };

/** Takes no connection at that port over IPv6 and refuses none either, as a broken tunnel does. */
const swallowing = async (port: number): Promise<void> => {
  const listen = `require('net').createServer().listen({port:${String(port)},host:'::1',backlog:1},()=>console.log('up'))`;
  const child = spawn(process.execPath, ['-e', listen]);
  children.push(child);
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  for (let isOpen = true; isOpen;) {
    const socket = connect({ port, host: '::1' });
    socket.on('error', () => undefined);
    sockets.push(socket);
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 200));
    isOpen = await Promise.race([once(socket, 'connect').then(() => true), late]);
  }
};

/** What a person reads when there is no answer. */
const problemOf = (url: string): Promise<string> =>
  send(url).then(String, (cause: unknown) => (cause as Error).message);

/** What a program reads that was told to trust a certificate: the status, or why there is none. */
const trusting = async (certificate: string, url: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'tillog-tls-'));
  try {
    const ports = JSON.stringify(join(compileSource(folder), 'ports.js'));
    const file = join(folder, 'own.pem');
    writeFileSync(file, certificate);
    const ask = `import(${ports}).then(({ machineNetwork }) => machineNetwork.send({ method: 'GET',
      url: '${url}', headers: {}, timeoutMs: 10000, bytesMax: 1000 })).then(({ status }) => status, ({ message }) => message)
      .then((said) => process.stdout.write(String(said)))`;
    const child = spawn(process.execPath, ['-e', ask], { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    return said;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const whereIpv6 = hasIpv6 ? it : it.skip;

describe('a line to central whose IPv6 is broken', () => {
  whereIpv6('is used over IPv4 at once when IPv6 swallows everything', async () => {
    const port = await plain();
    await swallowing(port);
    const began = performance.now();
    const answer = await named([v6, v4], () => send(`http://central.test:${String(port)}/`));
    expect(answer.body.toString()).toBe('central');
    expect(performance.now() - began).toBeLessThan(5000);
  });

  whereIpv6('is used over IPv4, with TLS too, when nothing listens on IPv6', async () => {
    const port = await plain();
    expect((await named([v6, v4], () => send(`http://central.test:${String(port)}/`))).status).toBe(200);
    const secure = await overTls(goodCertificate);
    expect(await named([v6, v4], () => problemOf(`https://central.test:${String(secure)}/`))).toMatch(/certificate/u);
  });

  whereIpv6('says that nothing listens when neither takes a connection', async () => {
    const port = await plain();
    const [server] = servers.splice(0);
    server?.close();
    const problem = await named([v6, v4], () => problemOf(`http://central.test:${String(port)}/`));
    expect(problem).toMatch(/nothing listens there\. Check that central runs/u);
  });
});

describe('a line to central that is down says what to do when', () => {
  it('the name is not found', async () => {
    expect(await problemOf('http://central.invalid')).toBe(
      'No whole answer from http://central.invalid: the name central.invalid is not found. Check the internet ' +
        'connection and the name service (DNS) of this machine, and the address.',
    );
  });

  it('the certificate is not trusted', async () => {
    const port = await overTls(goodCertificate);
    expect(await problemOf(`https://127.0.0.1:${String(port)}`)).toMatch(
      /not one that this machine trusts.*NODE_EXTRA/u,
    );
  });

  it('a plain server is asked over TLS', async () => {
    expect(await problemOf(`https://127.0.0.1:${String(await plain())}`)).toMatch(/begins with http or https/u);
  });

  it('a TLS server is asked plainly', async () => {
    const port = await overTls(goodCertificate);
    expect(await problemOf(`http://127.0.0.1:${String(port)}`)).toMatch(/No whole answer/u);
  });

  it.each([
    ['is over', expiredCertificate, /certificate is over or not valid yet\. Check the clock/u],
    ['is trusted', goodCertificate, /^200$/u],
  ])('a certificate of the shop’s own, which this machine was told to trust, %s', async (_how, cert, said) => {
    const port = await overTls(cert);
    expect(await trusting(cert, `https://localhost:${String(port)}`)).toMatch(said);
  });
});
