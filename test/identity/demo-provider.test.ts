import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { signInAtDemo } from '../../src/identity/demo-sign-in.ts';
import { deviceLogin } from '../../src/identity/device-login.ts';
import { renew } from '../../src/identity/renewal.ts';
import { revokeTokens } from '../../src/identity/revoke-tokens.ts';
import { createTokenVerifier } from '../../src/identity/verifier.ts';
import { startProvider, type TestProvider } from '../peers/provider.ts';

let provider: TestProvider;

beforeAll(async () => {
  provider = await startProvider();
});

afterAll(() => provider.close());

const never = new AbortController().signal;

describe('a login at a real provider', () => {
  test.each([
    ['engineer', { kind: 'human', person: 'engineer', groups: ['engineering'] }],
    ['reviewer', { kind: 'human', person: 'reviewer', groups: ['engineering', 'dba'] }],
    ['reviewer2', { kind: 'human', person: 'reviewer2', groups: ['engineering', 'dba'] }],
    ['ci', { kind: 'ci', person: 'engineer', groups: ['engineering'] }],
    ['agent', { kind: 'agent', person: 'engineer', groups: ['engineering'] }],
  ])('makes the principal of %s', async (account, expected) => {
    const verifier = createTokenVerifier([provider.identity], { clock: Date.now });
    const { principal } = await verifier.verify(await provider.tokenFor(account));
    expect(principal).toMatchObject({ ...expected, subject: account, groupsClaimMissing: false });
  });

  test('gives an ID token where the gateway has no audience', async () => {
    const identity = { ...provider.identity, audience: null };
    const { bearer } = await provider.login('engineer', identity);
    const verifier = createTokenVerifier([identity], { clock: Date.now });
    expect((await verifier.verify(bearer)).principal.groups).toEqual(['engineering']);
  });

  test('is refused for an account that does not exist', async () => {
    await expect(provider.login('mallory')).rejects.toMatchObject({ code: 'DEMO_SIGN_IN_FAILED' });
  });

  test('ends when the person says no', async () => {
    const refused = deviceLogin(provider.identity, {
      show: async ({ verificationUriComplete }) => cancelAt(verificationUriComplete ?? ''),
      signal: never,
      clock: Date.now,
    });
    await expect(refused).rejects.toMatchObject({ code: 'LOGIN_REFUSED', exitCode: 4 });
  });

  test('ends at once when it is interrupted', async () => {
    const interrupt = new AbortController();
    const reason = new Error('Ctrl-C');
    const waiting = deviceLogin(provider.identity, {
      show: () => void setTimeout(() => interrupt.abort(reason), 20),
      signal: interrupt.signal,
      clock: Date.now,
    });
    await expect(waiting).rejects.toBe(reason);
  });

  test('pitfall 36: the page shows code, asker, address and purpose before anything is granted', async () => {
    let page = '';
    const interrupt = new AbortController();
    const waiting = deviceLogin(provider.identity, {
      show: async ({ verificationUriComplete, userCode, expiresInSeconds }) => {
        page = await confirmationAt(verificationUriComplete ?? '');
        expect(page).toContain(userCode);
        expect(expiresInSeconds).toBeLessThanOrEqual(300);
        interrupt.abort(new Error('enough'));
      },
      signal: interrupt.signal,
      clock: Date.now,
    });
    await expect(waiting).rejects.toThrow('enough');
    for (const words of ['hoopx', '127.0.0.1', 'acting as you']) expect(page).toContain(words);
    expect(page).not.toMatch(/src=|href=|@import|url\(/);
  });
});

describe('tokens of a real provider', () => {
  test('are renewed by a refresh token that works once', async () => {
    const tokens = await provider.login('engineer');
    const old = { ...tokens, refreshToken: tokens.refreshToken ?? '' };
    const first = await renew(provider.identity, old, Date.now);
    expect(first.kind).toBe('renewed');
    expect(await renew(provider.identity, old, Date.now)).toMatchObject({ kind: 'refused' });
  });

  test('cannot be renewed once they are revoked', async () => {
    const tokens = await provider.login('engineer');
    expect(await revokeTokens(provider.identity, tokens)).toBe(true);
    const old = { ...tokens, refreshToken: tokens.refreshToken ?? '' };
    expect(await renew(provider.identity, old, Date.now)).toMatchObject({ kind: 'refused' });
  });

  test('are verified with its new key after it has rotated', async () => {
    await using rotating = await startProvider();
    let now = Date.now();
    const verifier = createTokenVerifier([rotating.identity], { clock: () => now });
    await verifier.verify(await rotating.tokenFor('engineer'));
    await rotating.rotateKeys();
    const token = await rotating.tokenFor('engineer');
    now += 31_000;
    expect((await verifier.verify(token)).principal.subject).toBe('engineer');
  });

  test('cannot be renewed, for now, when it is gone', async () => {
    const gone = await startProvider();
    const tokens = await gone.login('engineer');
    await gone.close();
    const old = { ...tokens, refreshToken: tokens.refreshToken ?? '' };
    expect(await renew(gone.identity, old, Date.now)).toMatchObject({ kind: 'failed' });
    await expect(gone.login('engineer')).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      exitCode: 69,
    });
  });
});

test('the provider says nothing on standard output or error', async () => {
  const said: unknown[] = [];
  const spies = [
    ...(['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...words) => void said.push(words)),
    ),
    ...[process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((words) => {
        said.push(words);
        return true;
      }),
    ),
  ];
  vi.resetModules();
  const { startProvider: startAnew } = await import('../peers/provider.ts');
  const quiet = await startAnew();
  await quiet.tokenFor('engineer');
  await quiet.close();
  for (const spy of spies) spy.mockRestore();
  expect(said).toEqual([]);
});

test('signing in as an account follows no form to another origin', async () => {
  let visits = 0;
  const elsewhere = createServer((_request, response) => {
    visits += 1;
    response.end();
  });
  const address = await listen(elsewhere);
  const page = createServer((_request, response) =>
    response.end(
      `<form method="post" action="${address}"><button name="account" value="engineer">`,
    ),
  );
  await expect(signInAtDemo(await listen(page), 'engineer')).rejects.toThrow('elsewhere');
  expect(visits).toBe(0);
  for (const server of [page, elsewhere]) server.close();
});

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return `http://127.0.0.1:${address.port}/`;
}

/** The page that asks whether it is one's own login, with the cookies that it needs. */
async function pageAt(address: string): Promise<{ html: string; cookie: string; url: string }> {
  const first = await fetch(address);
  const cookie = first.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { origin, pathname } = new URL(address);
  const url = `${origin}${pathname}`;
  const body = fieldsOf(await first.text());
  const second = await fetch(url, { method: 'POST', headers: { cookie }, body });
  return { html: await second.text(), cookie, url };
}

async function confirmationAt(address: string): Promise<string> {
  return (await pageAt(address)).html;
}

async function cancelAt(address: string): Promise<void> {
  const { html, cookie, url } = await pageAt(address);
  const body = fieldsOf(html);
  body.delete('confirm');
  body.set('abort', 'yes');
  await fetch(url, { method: 'POST', headers: { cookie }, body });
}

function fieldsOf(html: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of html.matchAll(
    /type="hidden" name="([^"]*)" value="([^"]*)"/g,
  )) {
    fields.set(name, value);
  }
  return fields;
}
