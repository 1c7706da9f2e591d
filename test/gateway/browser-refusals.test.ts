import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  adminHost,
  type BrowserSetting,
  billingHost,
  browserSetting,
  closedHost,
  wireBrowser,
} from './browser-setting.ts';

let setting: BrowserSetting;

beforeAll(async () => {
  setting = await browserSetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

const session = '__Host-hoopx';

const webSocket = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

function lines(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : [value].flat();
}

describe('without a login', () => {
  test('nothing but a page is led to one: all else is 401', async () => {
    const { ask } = wireBrowser(setting);
    const refused = await ask(adminHost, '/v1/x');
    expect(refused.status).toBe(401);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'LOGIN_EXPIRED' });
    expect((await ask(adminHost, '/notes', { method: 'POST', body: 'a=1' })).status).toBe(401);
    expect(setting.ran()).toEqual([]);
  });

  test('a form that is sent is not lost in a redirect: 401, with a page', async () => {
    const { visit } = wireBrowser(setting);
    const refused = await visit(adminHost, '/notes', { method: 'POST', body: 'a=1' });
    expect(refused.status).toBe(401);
    expect(refused.body).toContain('nothing was sent');
  });

  test('a page leads to the provider, with PKCE, state and nonce, and a cookie of this host', async () => {
    const { visit } = wireBrowser(setting);
    const begun = await visit(adminHost, '/v1/x?a=1');
    expect(begun.status).toBe(303);
    const address = new URL(String(begun.headers.location));
    expect(address.origin).toBe(setting.gateway.provider.issuer);
    const asked = Object.fromEntries(address.searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `https://${adminHost}:${setting.port}/.hoopx/callback`,
    });
    expect(asked.scope).not.toContain('offline_access');
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked[name]?.length).toBeGreaterThan(40);
    }
    const [cookie = ''] = lines(begun.headers['set-cookie']);
    expect(cookie).toMatch(
      /^__Host-hoopx-login-[0-9a-f]{16}=[\w-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    expect(cookie).not.toContain(asked.state);
  });

  test('a WebSocket is 401', async () => {
    const { ask } = wireBrowser(setting);
    expect((await ask(adminHost, '/socket', { headers: webSocket })).status).toBe(401);
  });
});

describe('a login', () => {
  test('that was begun by another browser is refused, whatever its code', async () => {
    const mine = wireBrowser(setting);
    const theirs = wireBrowser(setting);
    const path = await mine.authorized(adminHost, 'engineer');
    const refused = await theirs.visit(adminHost, path);
    expect(refused.status).toBe(400);
    expect(lines(refused.headers['set-cookie'])).toEqual([]);
    expect((await mine.visit(adminHost, path)).status).toBe(200);
  });

  test('with a forged state, or another login’s cookie under its name, is refused', async () => {
    const browser = wireBrowser(setting);
    const path = await browser.authorized(adminHost, 'engineer');
    const forged = path.replace(/state=[^&]+/, 'state=forged');
    expect((await browser.visit(adminHost, forged)).status).toBe(400);
    const jar = browser.jarOf(adminHost);
    const [name = '', value = ''] = [...jar][0] ?? [];
    jar.set(name, `${value.slice(0, -4)}AAAA`);
    expect((await browser.visit(adminHost, path)).status).toBe(400);
    expect(jar.get(session)).toBeUndefined();
  });

  test('that was begun at another host is refused', async () => {
    const browser = wireBrowser(setting);
    const path = await browser.authorized(adminHost, 'engineer');
    for (const [name, value] of browser.jarOf(adminHost)) {
      browser.jarOf(billingHost).set(name, value);
    }
    expect((await browser.visit(billingHost, path)).status).toBe(400);
  });

  test('with a code that the provider does not know, or that was used, is refused', async () => {
    const browser = wireBrowser(setting);
    const path = await browser.authorized(adminHost, 'engineer');
    const kept = new Map(browser.jarOf(adminHost));
    const wrong = await browser.visit(adminHost, path.replace(/code=[^&]+/, 'code=nonsense'));
    expect([wrong.status, wrong.body.includes('Not logged in')]).toEqual([403, true]);
    for (const [name, value] of kept) browser.jarOf(adminHost).set(name, value);
    expect((await browser.visit(adminHost, path)).status).toBe(200);
    for (const [name, value] of kept) browser.jarOf(adminHost).set(name, value);
    expect((await browser.visit(adminHost, path)).status).toBe(403);
  });

  test('of who may not use the connection opens nothing', async () => {
    const browser = wireBrowser(setting);
    const refused = await browser.logIn(closedHost);
    expect(refused.status).toBe(404);
    expect(browser.jarOf(closedHost).get(session)).toBeUndefined();
  });

  test('leads back to a path of its own host only', async () => {
    const browser = wireBrowser(setting);
    for (const path of ['//evil.test/x', '/\\evil.test', '/.hoopx/other']) {
      const back = await browser.visit(
        adminHost,
        await browser.authorized(adminHost, 'engineer', path),
      );
      expect(back.headers.refresh).toBe('0; url=/');
      browser.jarOf(adminHost).clear();
    }
  });
});

describe('with a login', () => {
  let browser: ReturnType<typeof wireBrowser>;
  beforeEach(async () => {
    browser = wireBrowser(setting);
    await browser.logIn(adminHost);
  });

  test('its cookie is of no use at another connection’s host', async () => {
    const secret = browser.jarOf(adminHost).get(session) ?? '';
    expect((await browser.ask(adminHost, '/v1/a')).status).toBe(200);
    browser.jarOf(billingHost).set(session, secret);
    expect((await browser.ask(billingHost, '/v1/a')).status).toBe(401);
    const mixed = await browser.ask(billingHost, '/v1/a', { servername: adminHost });
    expect(mixed.status).toBe(421);
  });

  test('two session cookies are none', async () => {
    const secret = browser.jarOf(adminHost).get(session) ?? '';
    const Cookie = `${session}=${secret}; ${session}=${secret}`;
    expect((await browser.ask(adminHost, '/v1/a', { headers: { Cookie } })).status).toBe(401);
  });

  test.each([
    [
      'a form of another site',
      'POST',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' },
    ],
    [
      'a form of a sibling host',
      'POST',
      { 'Sec-Fetch-Site': 'same-site', Origin: 'https://billing.hoopx.test' },
    ],
    ['a form of nobody in particular', 'POST', {}],
    ['a form of an opaque origin', 'POST', { Origin: 'null' }],
    [
      'a script of a sibling host',
      'GET',
      { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' },
    ],
    [
      'an image on another site',
      'GET',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
    ],
    [
      'a frame on another site',
      'GET',
      {
        'Sec-Fetch-Site': 'cross-site',
        'Sec-Fetch-Mode': 'navigate',
        'Sec-Fetch-Dest': 'iframe',
        Accept: 'text/html',
      },
    ],
  ])('%s is refused', async (_who, method, headers) => {
    const before = setting.ran().length;
    const refused = await browser.ask(adminHost, '/notes', {
      method,
      headers: headers as Record<string, string>,
      ...(method === 'POST' ? { body: 'a=1' } : {}),
    });
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([403, 'CROSS_SITE']);
    expect(setting.ran()).toHaveLength(before);
  });

  test('a WebSocket of another origin, and of none, is refused', async () => {
    const statusFrom = async (origin: Record<string, string>) =>
      (await browser.ask(adminHost, '/socket', { headers: { ...webSocket, ...origin } })).status;
    expect(await statusFrom({ Origin: 'https://evil.test' })).toBe(403);
    expect(await statusFrom({ 'Sec-Fetch-Site': 'same-origin' })).toBe(403);
    expect(await statusFrom({})).toBe(403);
  });

  test('pitfall 31: the service neither sees the gateway’s cookies nor sets them', async () => {
    const jar = browser.jarOf(adminHost);
    jar.set('theme', 'dark');
    jar.set('__HOST-hoopx-login-0123456789abcdef', 'x');
    setting.upstream.server.once('request', (_request, response) => {
      response.setHeader('Set-Cookie', [
        '__Host-hoopx=forged; Path=/; Secure',
        ' __host-Hoopx-login-1=x; Path=/; Secure',
        'mine=1; Path=/; Domain=hoopx.test; HttpOnly',
      ]);
      response.setHeader('Clear-Site-Data', '"cookies"');
    });
    const answered = await browser.ask(adminHost, '/v1/cookies');
    expect(answered.headers['set-cookie']).toEqual(['mine=1; Path=/; HttpOnly']);
    expect(answered.headers['clear-site-data']).toBeUndefined();
    expect(setting.upstream.seen.at(-1)?.headers.cookie).toBe('theme=dark');
  });

  test('logging out needs a page of this very host, and ends it for good', async () => {
    const secret = browser.jarOf(adminHost).get(session) ?? '';
    const evil = { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' };
    const refused = await browser.ask(adminHost, '/.hoopx/logout', {
      method: 'POST',
      headers: evil,
    });
    expect(refused.status).toBe(403);
    expect((await browser.ask(adminHost, '/v1/a')).status).toBe(200);
    const question = await browser.visit(adminHost, '/.hoopx/logout');
    expect(question.body).toContain('engineer@demo.invalid');
    const own = { Origin: `https://${adminHost}:${setting.port}` };
    const ended = await browser.visit(adminHost, '/.hoopx/logout', {
      method: 'POST',
      headers: own,
    });
    expect(ended.body).toContain('Logged out');
    expect(browser.jarOf(adminHost).get(session)).toBeUndefined();
    browser.jarOf(adminHost).set(session, secret);
    expect((await browser.ask(adminHost, '/v1/a')).status).toBe(401);
  });

  test('hoopx logout of the same person ends it too', async () => {
    const token = await setting.gateway.provider.tokenFor('engineer');
    const { url, certificates } = setting.gateway;
    const { createControlClient } = await import('../../src/control/client.ts');
    await createControlClient({ url, ca: certificates.ca, token: async () => token }).logout();
    expect((await browser.ask(adminHost, '/v1/a')).status).toBe(401);
  });

  test('every page of the gateway runs nothing but its own, and is framed by nobody', async () => {
    const held = await browser.visit(adminHost, '/held/x');
    expect(held.status).toBe(202);
    const pages = [
      held,
      await browser.visit(adminHost, '/secret'),
      await browser.visit(adminHost, '/.hoopx/logout'),
    ];
    for (const { headers, body } of pages) {
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(body).not.toMatch(/(src|href)="https?:/);
    }
    const { items } = await setting.gateway.client('engineer').listRequests({ state: ['pending'] });
    for (const { id } of items) await setting.gateway.client('engineer').cancelRequest(id);
  });

  test('nothing below /.hoopx/ reaches the service, and of requests only one’s own are shown', async () => {
    await browser.visit(adminHost, '/held/mine');
    const { items } = await setting.gateway.client('engineer').listRequests({ state: ['pending'] });
    const id = items[0]?.id ?? '';
    const path = `/.hoopx/requests/${id}`;
    expect(JSON.parse((await browser.ask(adminHost, path)).body)).toMatchObject({
      state: 'pending',
    });
    const other = wireBrowser(setting);
    await other.logIn(adminHost, 'reviewer');
    expect((await other.ask(adminHost, path)).status).toBe(404);
    await browser.logIn(billingHost);
    expect((await browser.ask(billingHost, path)).status).toBe(404);
    const before = setting.ran().length;
    for (const own of ['/.hoopx/x', '/%2ehoopx/x', '/.hoopx', '/.hoopx/requests/req_none']) {
      expect((await browser.ask(adminHost, own)).status).toBe(404);
    }
    expect(setting.ran()).toHaveLength(before);
    await setting.gateway.client('engineer').cancelRequest(id);
  });
});

test('a login ends with its token, and what waits with it', async () => {
  await using short = await browserSetting({ tokenSeconds: 4 });
  const browser = wireBrowser(short);
  await browser.logIn(adminHost);
  const waiting = browser.ask(adminHost, '/held/x');
  await expect
    .poll(async () => (await short.gateway.client('reviewer').listRequests({})).items[0]?.state)
    .toBe('pending');
  const ended = await waiting;
  expect([ended.status, JSON.parse(ended.body).code]).toEqual([403, 'LOGIN_EXPIRED']);
  expect((await browser.ask(adminHost, '/v1/x')).status).toBe(401);
  expect(short.ran()).toEqual([]);
});

test('the host of the gateway itself knows no browsers', async () => {
  const { ask } = wireBrowser(setting);
  const answered = await ask(adminHost, '/v1/x', { servername: 'localhost' });
  expect([answered.status, JSON.parse(answered.body).error.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test('what is no HTTP is answered as such, and closed', async () => {
  const socket = connect({
    ...{ host: '127.0.0.1', port: setting.port, servername: adminHost },
    ca: setting.gateway.certificates.ca,
    checkServerIdentity: () => undefined,
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('nonsense\r\n\r\n');
  await closed;
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
});
