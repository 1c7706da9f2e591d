import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DevicePrompt, deviceLogin } from '../../src/identity/device-login.ts';
import type { LoginIssuer } from '../../src/identity/provider-client.ts';

interface Answer {
  readonly status?: number;
  readonly body: object;
}

interface Dialect {
  readonly device?: Readonly<Record<string, unknown>>;
  /** One for each question; the last is repeated. */
  readonly token: readonly Answer[];
  readonly audience?: string | null;
}

interface Asked {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly at: number;
}

const jwt = (claims: object) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const access = jwt({ iat: 1_000, exp: 1_600 });
const granted: Answer = { body: { access_token: access, token_type: 'bearer', expires_in: 600 } };

/** A provider with ways of its own. */
async function startDialect(dialect: Dialect): Promise<{ issuer: LoginIssuer; asked: Asked[] }> {
  const asked: Asked[] = [];
  const answers = [...dialect.token];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    asked.push({ path, form: new URLSearchParams(await textOf(request)), at: Date.now() });
    const device = {
      device_code: 'd',
      user_code: 'ABCD',
      verification_uri: `${url}/device`,
      expires_in: 60,
      interval: 0.05,
    };
    const metadata = {
      issuer: url,
      device_authorization_endpoint: `${url}/start`,
      token_endpoint: `${url}/token`,
    };
    const next = (): Answer => (answers.length > 1 ? answers.shift() : answers[0]) ?? granted;
    const plain = path === '/start' ? (dialect.device ?? device) : metadata;
    const { status = 200, body } = path === '/token' ? next() : { body: plain };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const url = `http://127.0.0.1:${address.port}`;
  const { audience = 'https://hoopx.example.com' } = dialect;
  return {
    issuer: { name: 'odd', issuer: url, clientId: 'c', scopes: ['openid'], audience },
    asked,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function logIn(issuer: LoginIssuer, show: (prompt: DevicePrompt) => void = () => {}) {
  return deviceLogin(issuer, { show, signal: AbortSignal.timeout(30_000), clock: () => 5_000_000 });
}

describe('a provider that', () => {
  test('asks to slow down is asked five seconds later than before', async () => {
    const slow = { status: 400, body: { error: 'slow_down' } };
    const { issuer, asked } = await startDialect({ token: [slow, granted] });
    await logIn(issuer);
    const [first, second] = asked.filter(({ path }) => path === '/token');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(4_900);
  });

  test('calls its page verification_url is understood', async () => {
    const device = {
      device_code: 'd',
      user_code: 'ABCD',
      verification_url: 'https://idp.example/device',
      expires_in: 60,
      interval: 0.05,
    };
    const { issuer } = await startDialect({ device, token: [granted] });
    const seen: DevicePrompt[] = [];
    await logIn(issuer, (prompt) => seen.push(prompt));
    expect(seen).toMatchObject([{ verificationUri: 'https://idp.example/device' }]);
  });

  test.each(['file:///etc/passwd', 'javascript:alert(1)', 'no address'])(
    'sends people to %s is refused',
    async (verification_uri) => {
      const device = { device_code: 'd', user_code: 'A', verification_uri, expires_in: 60 };
      const { issuer } = await startDialect({ device, token: [granted] });
      await expect(logIn(issuer)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    },
  );

  test('gives a code that lapses leaves nobody waiting', async () => {
    const lapsed = { status: 400, body: { error: 'expired_token' } };
    const { issuer } = await startDialect({ token: [lapsed] });
    await expect(logIn(issuer)).rejects.toMatchObject({ code: 'LOGIN_TIMED_OUT', exitCode: 4 });
  });

  test('never decides is given up when its code lapses', async () => {
    const device = {
      device_code: 'd',
      user_code: 'A',
      verification_uri: 'https://x.example',
      expires_in: 1,
      interval: 0.2,
    };
    const pending = { status: 400, body: { error: 'authorization_pending' } };
    const { issuer } = await startDialect({ device, token: [pending] });
    await expect(logIn(issuer)).rejects.toMatchObject({ code: 'LOGIN_TIMED_OUT', exitCode: 4 });
  });

  test('gives an opaque access token and no ID token cannot be used', async () => {
    const opaque = { body: { access_token: 'opaque', token_type: 'bearer' } };
    const { issuer } = await startDialect({ token: [opaque] });
    await expect(logIn(issuer)).rejects.toMatchObject({ code: 'NO_USABLE_TOKEN' });
  });

  test('is asked for the audience as a resource where it is a URI, by name in any case', async () => {
    const uri = await startDialect({ token: [granted] });
    await logIn(uri.issuer);
    for (const { form } of uri.asked.filter(
      ({ path }) => path !== '/.well-known/openid-configuration',
    )) {
      expect(form.get('resource')).toBe('https://hoopx.example.com');
      expect(form.get('audience')).toBe('https://hoopx.example.com');
    }
    const name = await startDialect({ token: [granted], audience: 'hoopx' });
    await logIn(name.issuer);
    const start = name.asked.find(({ path }) => path === '/start')?.form;
    expect([start?.get('resource'), start?.get('audience')]).toEqual([null, 'hoopx']);
  });

  test('has another idea of the time gives tokens that last as long as it says', async () => {
    const { issuer } = await startDialect({ token: [granted] });
    expect(await logIn(issuer)).toMatchObject({ obtainedAt: 5_000_000, expiresAt: 5_600_000 });
  });
});
