import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ControlClient, createControlClient } from '../../src/control/client.ts';
import { openEvents } from '../../src/control/server/events.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { makeCertificates } from '../peers/certificates.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startedGateway();
}, 60_000);

afterAll(() => gateway[Symbol.asyncDispose]());

const token = async () => 'none';

/** The port that it listens on until the test is over. */
async function portOf(server: Server | SecureServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the client', () => {
  it.each(['http://gateway.example.com', 'http://192.0.2.1:7443', 'ftp://localhost', 'nonsense'])(
    'does not send a token to %s',
    (url) => {
      expect(() => createControlClient({ url, token })).toThrow(
        expect.objectContaining({ code: 'GATEWAY_ADDRESS', exitCode: 64 }),
      );
    },
  );

  it('asks for no token to learn how to log in', async () => {
    const { ca } = gateway.certificates;
    const never = () => Promise.reject(new Error('it was asked for'));
    const client = createControlClient({ url: gateway.url, ca, token: never });
    expect((await client.info()).identity[0]?.issuer).toBe(gateway.provider.issuer);
  });

  it('names a certificate that it cannot trust, and what to do', async () => {
    const { ca } = await makeCertificates();
    const error = {
      code: 'GATEWAY_UNTRUSTED',
      exitCode: 69,
      hint: expect.stringContaining('--ca'),
    };
    const misled = createControlClient({ url: gateway.url, ca, token });
    await expect(misled.info()).rejects.toMatchObject(error);
    const trusting = createControlClient({ url: gateway.url, token });
    await expect(trusting.info()).rejects.toMatchObject(error);
  });

  it('names a certificate for another host', async () => {
    const { ca, cert, key } = await makeCertificates(['elsewhere.example.com']);
    const server = createSecureServer({ cert, key }, (_request, response) => response.end('{}'));
    const port = await portOf(server);
    const client = createControlClient({ url: `https://127.0.0.1:${port}`, ca, token });
    await expect(client.info()).rejects.toMatchObject({
      code: 'GATEWAY_UNTRUSTED',
      message: expect.stringContaining('another name'),
    });
  });

  it('says that nothing listens there', async () => {
    const client = createControlClient({ url: 'https://127.0.0.1:1', token });
    await expect(client.whoami()).rejects.toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
      exitCode: 69,
      message: expect.stringContaining('nothing listens'),
      hint: expect.stringContaining('doctor'),
    });
  });

  it('lets go of a connection that it made before it turned out to have no token', async () => {
    const { ca, cert, key } = await makeCertificates();
    const server = createSecureServer({ cert, key }, (_request, response) => response.end('{}'));
    const port = await portOf(server);
    const connected = once(server, 'connection');
    const none = () => connected.then(() => Promise.reject(new Error('no token')));
    const client = createControlClient({ url: `https://127.0.0.1:${port}`, ca, token: none });
    await expect(client.whoami()).rejects.toThrow('no token');
    const [socket] = await connected;
    await expect.poll(() => socket.destroyed).toBe(true);
  });

  it('sends its first request on the connection that it made for it', async () => {
    const { ca, cert, key } = await makeCertificates();
    const server = createSecureServer({ cert, key }, (_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
    });
    const port = await portOf(server);
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const client = createControlClient({ url: `https://127.0.0.1:${port}`, ca, token });
    await expect(client.whoami()).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    expect(connections).toBe(1);
  });

  it.each<[string, (client: ControlClient) => Promise<unknown>]>([
    ['a question', (client) => client.info()],
    ['a tunnel', (client) => client.openStream('t1')],
  ])('gives %s up that nobody answers', async (_what, ask) => {
    const server = createServer(() => {});
    const port = await portOf(server);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = once(server, 'connection');
    const answer = ask(createControlClient({ url: `http://127.0.0.1:${port}`, token }));
    const given = expect(answer).rejects.toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
    await asked;
    await vi.advanceTimersByTimeAsync(20_000);
    await given;
  });

  it('holds a tunnel to that limit only until it is open', async () => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      onTestFinished(() => void socket.destroy());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
      socket.pipe(socket);
    });
    const port = await portOf(server);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const client = createControlClient({ url: `http://127.0.0.1:${port}`, token });
    const stream = await client.openStream('t1');
    await vi.advanceTimersByTimeAsync(60_000);
    stream.write('still here');
    expect(String((await once(stream, 'data'))[0])).toBe('still here');
    stream.destroy();
  });

  it.each([
    [200, '<html>welcome</html>'],
    [404, '<html>not here</html>'],
    [302, ''],
    [200, '{"name":1}'],
  ])('is not taken in by another server that answers %i %s', async (status, body) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body);
    });
    const port = await portOf(server);
    const client = createControlClient({ url: `http://127.0.0.1:${port}`, token });
    const error = { code: 'GATEWAY_UNEXPECTED', exitCode: 69 };
    await expect(client.info()).rejects.toMatchObject(error);
    await expect(client.openStream('tun_1')).rejects.toMatchObject(error);
  });

  it('throws at once when the first connection of a stream fails', async () => {
    const { ca } = gateway.certificates;
    const client = createControlClient({ url: gateway.url, ca, token });
    const { signal } = new AbortController();
    const first = client.requestEvents({ signal })[Symbol.asyncIterator]().next();
    await expect(first).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
  });

  it('follows the stream of requests through a restart, and is synced anew', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const events = gateway.client('reviewer').requestEvents({
      signal: stop.signal,
      onConnected: () => told.push('connected'),
      onInterrupted: () => told.push('interrupted'),
    });
    const followed = (async () => {
      for await (const event of events) told.push(event.type);
    })();
    await expect.poll(() => told).toEqual(['connected', 'synced']);
    await gateway.stop();
    await gateway.start();
    await expect
      .poll(() => told.filter((each) => each === 'synced').length, { timeout: 20_000 })
      .toBe(2);
    expect(told).toContain('interrupted');
    stop.abort();
    await followed;
  }, 60_000);
});

describe('an event stream', () => {
  it('drops a reader who lets too much pile up, and keeps one that reads a large event', async () => {
    const big = { type: 'request', text: 'x'.repeat(6 * 1024 * 1024) };
    const gone: string[] = [];
    const server = createServer((request, response) => {
      const sink = openEvents(response);
      sink.signal.addEventListener('abort', () => gone.push(request.url ?? ''));
      sink.send(big);
      if (request.url === '/slow') for (let count = 0; count < 5; count += 1) sink.send(big);
    });
    const url = `http://127.0.0.1:${await portOf(server)}`;
    const reading = await fetch(`${url}/quick`);
    let read = 0;
    const reader = reading.body?.getReader();
    while (read < big.text.length) read += (await reader?.read())?.value?.length ?? 0;
    expect(gone).toEqual([]);
    await fetch(`${url}/slow`).catch(() => {});
    await expect.poll(() => gone).toEqual(['/slow']);
    await reader?.cancel();
  });
});
