import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../src/control/server/routes.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { rawBytes, rawCall } from './raw-call.ts';

let gateway: StartedGateway;
let token: string;

beforeAll(async () => {
  gateway = await startedGateway();
  token = await gateway.token('engineer');
}, 60_000);

afterAll(() => gateway[Symbol.asyncDispose]());

describe('the control API refuses', () => {
  it.each(routes.filter(({ kind }) => kind === 'call' || kind === 'events'))(
    '$method $path without a token',
    async ({ method, path }) => {
      const answer = await rawCall(gateway, method, path.replace(/:\w+/, 'x'));
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    },
  );

  it.each([
    ['another gateway signed it', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwOi8vZWxzZSJ9.c2ln'],
    ['it is no token', 'nonsense'],
  ])('a token when %s', async (_why, wrong) => {
    const answer = await rawCall(gateway, 'GET', '/v1/whoami', { token: wrong });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ error: { code: 'LOGIN_EXPIRED' } });
  });

  it('a token of the greatest length that is read, for what it says', async () => {
    const long = `${token}${'A'.repeat(16 * 1024 - token.length)}`;
    const answer = await rawCall(gateway, 'GET', '/v1/whoami', { token: long });
    expect(answer.status).toBe(401);
  });

  it('a token whose signature was tampered with', async () => {
    const [head, claims, signature = ''] = token.split('.');
    const other = signature.startsWith('A') ? 'B' : 'A';
    const tampered = [head, claims, other + signature.slice(1)].join('.');
    expect((await rawCall(gateway, 'GET', '/v1/whoami', { token: tampered })).status).toBe(401);
  });

  it('a token in the query, or under another scheme', async () => {
    const inQuery = await rawCall(gateway, 'GET', `/v1/whoami?access_token=${token}`);
    const basic = await rawCall(gateway, 'GET', '/v1/whoami', {
      headers: { authorization: `Basic ${token}` },
    });
    expect([inQuery.status, basic.status]).toEqual([401, 401]);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/whoami/'],
    ['GET', '//v1/whoami'],
    ['GET', '/v1/./whoami'],
    ['GET', '/v1/%77hoami'],
    ['GET', '/v1/tunnels/..%2fwhoami'],
    ['GET', '/v1/tunnels'],
    ['PUT', '/v1/whoami'],
    ['PATCH', '/v1/requests/req_1'],
    ['HEAD', '/v1/whoami'],
    ['OPTIONS', '/v1/whoami'],
    ['GET', '/metrics'],
  ])('pitfall 33: %s %s, which is not listed', async (method, path) => {
    const answer = await rawCall(gateway, method, path, { token });
    expect(answer.status).toBe(404);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['websocket', '/v1/tunnels/tun_1/stream'],
    ['hoopx-tunnel/1', '/v1/whoami'],
    ['hoopx-tunnel/1', '/v1/info'],
    ['h2c', '/v1/whoami'],
  ])('pitfall 33: an upgrade to %s at %s', async (protocol, path) => {
    const headers = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\nAuthorization: Bearer ${token}`;
    const answer = await rawBytes(
      gateway,
      `GET ${path} HTTP/1.1\r\nHost: gateway\r\n${headers}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('pitfall 33: a tunnel stream without a token', async () => {
    const api = gateway.client('engineer');
    const { id } = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
    const upgrade = `GET /v1/tunnels/${id}/stream HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: hoopx-tunnel/1\r\n`;
    expect(await rawBytes(gateway, `${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("another principal's tunnel as if there were none", async () => {
    const { id } = await gateway
      .client('engineer')
      .openTunnel({ connection: 'pg-test', mode: 'live' });
    const other = gateway.client('reviewer');
    await expect(other.tunnel(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(other.openStream(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(other.heartbeat(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(other.closeTunnel(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('pitfall 47: a body that is too large, declared or not', async () => {
    const body = JSON.stringify({ reason: 'x'.repeat(1024 * 1024) });
    const path = '/v1/requests/req_1/cancel';
    const declared = await rawCall(gateway, 'POST', path, { token, body });
    expect(declared.status).toBe(413);
    const chunked = await rawCall(gateway, 'POST', path, {
      token,
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(chunked.status).toBe(413);
  });

  it('pitfall 47: a reason that is too long', async () => {
    const body = JSON.stringify({
      connection: 'pg-test',
      mode: 'live',
      reason: 'x'.repeat(5_000),
    });
    const answer = await rawCall(gateway, 'POST', '/v1/tunnels', { token, body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  it.each([
    ['a body that is not JSON', '{'],
    ['a key that it does not know', '{"connection":"pg-test","mode":"live","sudo":true}'],
    ['a mode that it does not know', '{"connection":"pg-test","mode":"admin"}'],
  ])('%s', async (_what, body) => {
    expect((await rawCall(gateway, 'POST', '/v1/tunnels', { token, body })).status).toBe(400);
  });

  it('a body of another type', async () => {
    const answer = await rawCall(gateway, 'POST', '/v1/tunnels', {
      token,
      body: 'connection=pg-test',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).toBe(415);
  });

  it.each(['limit=0', 'limit=1e9', 'sudo=true', 'state=nonsense', 'cursor=%20nonsense'])(
    'the query %s',
    async (query) => {
      const answer = await rawCall(gateway, 'GET', `/v1/requests?${query}`, { token });
      expect(answer.status).toBe(400);
    },
  );

  it('headers that are too large', async () => {
    const answer = await rawBytes(
      gateway,
      `GET /v1/info HTTP/1.1\r\nHost: x\r\nX-Fill: ${'x'.repeat(30_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('what is not HTTP', async () => {
    expect(await rawBytes(gateway, 'QUIT\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a request with two lengths', async () => {
    const answer = await rawBytes(
      gateway,
      'POST /v1/tunnels HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/whoami HTTP/1.1\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('is never stored by whoever passes it on', async () => {
    const answer = await rawCall(gateway, 'GET', '/v1/whoami', { token });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('without a token tells only what a login needs', async () => {
    const { body } = await rawCall(gateway, 'GET', '/v1/info');
    expect(body).toEqual({
      name: 'hoopx',
      version: '0.0.0-test',
      identity: [
        expect.objectContaining({
          name: 'demo',
          issuer: gateway.provider.issuer,
          clientId: 'hoopx',
        }),
      ],
    });
    expect(JSON.stringify(body)).not.toContain('ecret');
  });
});

describe('limits', () => {
  it('answer 429 to a principal who calls too often, and to nobody else', async () => {
    await using busy = await startedGateway({
      limits: { control: { calls: { burst: 5, perSecond: 1 } } },
    });
    const mine = await busy.token('engineer');
    const statuses = [];
    for (let call = 0; call < 8; call += 1) {
      statuses.push((await rawCall(busy, 'GET', '/v1/whoami', { token: mine })).status);
    }
    expect(statuses.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(statuses.at(-1)).toBe(429);
    const theirs = await busy.token('reviewer');
    expect((await rawCall(busy, 'GET', '/v1/whoami', { token: theirs })).status).toBe(200);
  }, 60_000);

  it('stop an address that shows one bad token after another', async () => {
    await using busy = await startedGateway({
      limits: { control: { failures: { burst: 3, perSecond: 0.001 } } },
    });
    const statuses = [];
    for (let call = 0; call < 5; call += 1) {
      statuses.push((await rawCall(busy, 'GET', '/v1/whoami', { token: 'bad' })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  }, 60_000);

  it('end a request that comes drop by drop, and one that never comes', async () => {
    await using hasty = await startedGateway({ limits: { control: { patienceMs: 300 } } });
    const started = Date.now();
    const head = 'POST /v1/tunnels HTTP/1.1\r\nHost: x\r\n';
    const authorization = `Authorization: Bearer ${await hasty.token('engineer')}\r\n`;
    const unfinished = await Promise.all([
      rawBytes(hasty, head),
      rawBytes(hasty, `${head}${authorization}Content-Length: 100\r\n\r\n{`),
    ]);
    expect(unfinished.every((answer) => /^(HTTP\/1\.1 4|$)/.test(answer))).toBe(true);
    expect(Date.now() - started).toBeLessThan(5_000);
  }, 60_000);

  it('pitfall 47: bound the tunnels of a principal and the streams of a tunnel', async () => {
    await using small = await startedGateway({
      limits: { tunnelsPerPrincipal: 2, streamsPerTunnel: 1 },
    });
    const api = small.client('engineer');
    const open = () => api.openTunnel({ connection: 'pg-test', mode: 'live' });
    const { id } = await open();
    await open();
    await expect(open()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const stream = await api.openStream(id);
    await expect(api.openStream(id)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    stream.destroy();
  }, 60_000);
});
