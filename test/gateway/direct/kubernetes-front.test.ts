import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type EchoUpstream, startEcho } from '../../protocols/http/echo-upstream.ts';
import { type DirectGateway, directGateway } from './direct-gateway.ts';

let upstream: EchoUpstream;
let direct: DirectGateway;

beforeAll(async () => {
  upstream = await startEcho();
  const { host, port } = upstream;
  const credential = { kind: 'bearer', token: new Secret('cluster-token') } as const;
  direct = await directGateway({ host, port, credential });
}, 60_000);

afterAll(async () => {
  await direct?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
});

interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(
  path: string,
  headers: NodeJS.Dict<string | string[]>,
  { gateway, server }: Pick<DirectGateway, 'gateway' | 'server'> = direct,
) {
  const { port } = new URL(server);
  return new Promise<Answered>((resolve, reject) => {
    const sent = request({
      ...{ host: '127.0.0.1', port, path, headers, agent: false },
      ca: gateway.certificates.ca,
    });
    sent.on('error', reject).on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { statusCode: status = 0, headers: said } = incoming;
        resolve({ status, headers: said, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.end();
  });
}

const root = '/v1/kubernetes/k8s-prod';
const pods = `${root}/api/v1/namespaces/default/pods`;
const bearer = async (account = 'engineer') => `Bearer ${await direct.gateway.token(account)}`;

test.each([
  ['no token', async () => ({})],
  ['a password', async () => ({ Authorization: 'Basic YTpi' })],
  ['a token of the cluster', async () => ({ Authorization: 'Bearer cluster-token' })],
  ['two tokens', async () => ({ Authorization: [await bearer(), await bearer('reviewer')] })],
  ['a token that was changed', async () => ({ Authorization: `${await bearer()}x` })],
  ['a name with an underscore', async () => ({ Proxy_Authorization: await bearer() })],
])('%s is answered 401, by a Status, before anything else is said', async (_what, headersOf) => {
  for (const path of [pods, '/v1/kubernetes/no-such/api']) {
    const { status, headers, body } = await ask(path, await headersOf());
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="hoopx"');
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
  }
  expect(upstream.seen).toEqual([]);
});

test.each([
  ['/v1/kubernetes/k8s-closed/api', 403, 'CONNECTION_UNKNOWN'],
  ['/v1/kubernetes/no-such/api', 403, 'CONNECTION_UNKNOWN'],
  ['/v1/kubernetes/pg-test/api', 403, 'CONNECTION_UNKNOWN'],
  ['/v1/kubernetes/constructor/api', 403, 'CONNECTION_UNKNOWN'],
  ['/v1/kubernetes/', 421, 'MISDIRECTED'],
  ['/v1/kubernetes/%6b8s-prod/api', 421, 'MISDIRECTED'],
  ['/v1/kubernetes/k8s-prod%2Fapi', 421, 'MISDIRECTED'],
  [`${root}/../k8s-closed/api/v1/pods`, 400, 'AMBIGUOUS_TARGET'],
  [`${root}//api/v1/pods`, 400, 'AMBIGUOUS_TARGET'],
  [`${root}/api/v1/pods%2Fx`, 400, 'AMBIGUOUS_TARGET'],
])('%s never leads anywhere', async (path, status, code) => {
  const answered = await ask(path, { Authorization: await bearer() });
  expect(answered.status).toBe(status);
  expect(answered.body).toContain(code);
  expect(upstream.seen).toEqual([]);
});

test('what the rules do not let pass is refused as through a tunnel', async () => {
  const secrets = `${root}/api/v1/namespaces/default/secrets`;
  const { status, body } = await ask(secrets, { Authorization: await bearer() });
  expect(status).toBe(403);
  expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
  expect(upstream.seen).toEqual([]);
});

test('the cluster sees the person and the gateway, and neither the token nor what the client claims', async () => {
  const before = upstream.seen.length;
  const claims = {
    ...{ 'X-Remote-User': 'root', 'X-Forwarded-For': '10.0.0.1', 'X-Hoopx-User': 'root' },
    Cookie: '__Host-hoopx=abc',
  };
  const path = `${pods}?labelSelector=a%3Db`;
  const { status } = await ask(path, { Authorization: await bearer(), ...claims });
  expect(status).toBe(200);
  const [seen, another] = upstream.seen.slice(before);
  expect(another).toBeUndefined();
  expect(seen?.url).toBe('/api/v1/namespaces/default/pods?labelSelector=a%3Db');
  expect(seen?.headers).toMatchObject({
    host: `${upstream.host}:${upstream.port}`,
    authorization: 'Bearer cluster-token',
    'impersonate-user': 'engineer@demo.invalid',
    'impersonate-group': 'engineering',
  });
  const token = await direct.gateway.token('engineer');
  expect(JSON.stringify(seen)).not.toContain(token);
  for (const name of ['x-remote-user', 'x-forwarded-for', 'x-hoopx-user', 'cookie']) {
    expect(seen?.headers[name]).toBeUndefined();
  }
});

test('nobody becomes somebody else by a header', async () => {
  const before = upstream.seen.length;
  const asRoot = { 'Impersonate-User': 'root', 'Impersonate-Group': 'system:masters' };
  const { status } = await ask(pods, { Authorization: await bearer(), ...asRoot });
  expect(status).toBe(403);
  expect(upstream.seen).toHaveLength(before);
});

/** A connection by hand: what came back, once it is closed. */
async function bytes(
  talk: (socket: TLSSocket) => Promise<void> | void,
  { gateway, server }: Pick<DirectGateway, 'gateway' | 'server'> = direct,
): Promise<string> {
  const { port } = new URL(server);
  const { ca } = gateway.certificates;
  const socket = connect({ host: '127.0.0.1', port: Number(port), ca });
  let read = '';
  socket.setEncoding('latin1').on('data', (text) => {
    read += text;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('secureConnect', () => void talk(socket));
  await closed;
  return read;
}

const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

test('a request line that comes byte by byte is still told from one for the API', async () => {
  const authorization = `Authorization: ${await bearer()}\r\nHost: x\r\nConnection: close\r\n\r\n`;
  for (const [path, status] of [
    [pods, 'HTTP/1.1 200'],
    ['/v1/kubernetez', 'HTTP/1.1 404'],
    ['/v1/whoami', 'HTTP/1.1 200'],
  ] as const) {
    const told = await bytes(async (socket) => {
      for (const character of `GET ${path} HTTP/1.1\r\n`) {
        socket.write(character);
        await pause(1);
      }
      socket.write(authorization);
    });
    expect(told.slice(0, 12)).toBe(status);
  }
});

test('a connection that began with a cluster answers for nothing else', async () => {
  const head = `Host: x\r\nAuthorization: ${await bearer()}\r\n`;
  const told = await bytes((socket) => {
    socket.write(`GET ${pods} HTTP/1.1\r\n${head}\r\n`);
    socket.write(`GET /v1/whoami HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
  });
  const answers = told.match(/HTTP\/1.1 \d+/g);
  expect(answers).toEqual(['HTTP/1.1 200', 'HTTP/1.1 421']);
});

test('every request of a connection is as whoever its own token says', async () => {
  const before = upstream.seen.length;
  const get = (authorization: string, more = '') =>
    `GET ${pods} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n${more}\r\n`;
  const mine = await bearer();
  const theirs = await bearer('agent');
  const told = await bytes((socket) => {
    socket.write(get(mine) + get(theirs) + get('Bearer x', 'Connection: close\r\n'));
  });
  expect(told.match(/HTTP\/1.1 \d+/g)).toHaveLength(3);
  const people = upstream.seen.slice(before).map(({ headers }) => headers['impersonate-user']);
  expect(people).toEqual(['engineer@demo.invalid', 'agent@demo.invalid']);
});

test('nobody keeps a connection by never coming to the end of a request', async () => {
  const limits = { control: { patienceMs: 500 } };
  await using other = await directGateway({}, { limits });
  for (const beginning of ['', 'GET /v1/kub', `GET ${pods} HTTP/1.1\r\nHost: x\r\n`]) {
    const begun = Date.now();
    const told = await bytes(async (socket) => {
      socket.write(beginning);
      while (!socket.destroyed && Date.now() - begun < 20_000) {
        if (beginning.endsWith('\n')) socket.write('X-More: x\r\n');
        await pause(50);
      }
    }, other);
    expect(told).toMatch(/^(HTTP\/1\.1 40[08]|$)/);
    expect(Date.now() - begun).toBeLessThan(10_000);
  }
});

test('a half sentence is left to the API, which has no patience for it', async () => {
  const told = await bytes((socket) => void socket.end('GE'));
  expect(told).toMatch(/^(HTTP\/1\.1 400|$)/);
});

test('more requests than one person may have at a time are refused, and no others', async () => {
  const waiting: (() => void)[] = [];
  await using slow = await startEcho((_request, response) => {
    waiting.push(() => void response.end('{}'));
  });
  const limits = { directRequestsPerPrincipal: 2 };
  await using other = await directGateway({ host: slow.host, port: slow.port }, { limits });
  const as = async (account: string) => ({
    Authorization: `Bearer ${await other.gateway.token(account)}`,
  });
  const mine = await as('engineer');
  const first = [ask(pods, mine, other), ask(pods, mine, other)];
  await expect.poll(() => waiting.length).toBe(2);
  const third = await ask(pods, mine, other);
  expect(third.status).toBe(429);
  expect(third.headers['retry-after']).toBeUndefined();
  expect(third.body).toContain('2 requests of yours are under way already');
  const theirs = ask(pods, await as('agent'), other);
  await expect.poll(() => waiting.length).toBe(3);
  for (const end of waiting) end();
  expect((await Promise.all([...first, theirs])).map(({ status }) => status)).toEqual([
    200, 200, 200,
  ]);
  const later = ask(pods, mine, other);
  await expect.poll(() => waiting.length).toBe(4);
  waiting[3]?.();
  expect((await later).status).toBe(200);
});

test('a new configuration counts from the next request on', async () => {
  await using echo = await startEcho();
  await using other = await directGateway({ host: echo.host, port: echo.port });
  const headers = { Authorization: `Bearer ${await other.gateway.token('engineer')}` };
  expect((await ask(pods, headers, other)).status).toBe(200);
  other.gateway.configure((config) => {
    const connections = Object.entries(config.connections).map(([name, connection]) => [
      name,
      { ...connection, access: { groups: ['nobody'], users: [] } },
    ]);
    return { ...config, connections: Object.fromEntries(connections) };
  });
  await other.gateway.reload();
  const { status, body } = await ask(pods, headers, other);
  expect([status, body]).toEqual([403, expect.stringContaining('CONNECTION_UNKNOWN')]);
  expect(echo.seen).toHaveLength(1);
});

test('a gateway that stops takes nothing new', async () => {
  const waiting: (() => void)[] = [];
  await using slow = await startEcho((_request, response) => {
    waiting.push(() => void response.end('{}'));
  });
  await using other = await directGateway({ host: slow.host, port: slow.port });
  const headers = { Authorization: `Bearer ${await other.gateway.token('engineer')}` };
  const first = ask(pods, headers, other);
  await expect.poll(() => waiting.length).toBe(1);
  const stopped = other.gateway.stop();
  const second = await ask(pods, headers, other).catch(() => null);
  expect(second?.status ?? 503).toBe(503);
  waiting[0]?.();
  expect((await first).status).toBe(200);
  await stopped;
});
