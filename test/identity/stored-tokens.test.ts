import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileCredentials } from '../../src/identity/file-credentials.ts';
import { listLogins, readLogin } from '../../src/identity/login-record.ts';
import { logout } from '../../src/identity/logout.ts';
import { storedTokens } from '../../src/identity/stored-tokens.ts';
import { watchTokens } from '../../src/identity/watch-tokens.ts';
import { bundled } from '../bundled.ts';
import { startProvider, type TestProvider } from '../peers/provider.ts';
import { gateway, logInAs, stateFolder } from './logged-in.ts';

let provider: TestProvider;

beforeAll(async () => {
  provider = await startProvider();
});

afterAll(() => provider.close());

const me = { profile: 'default', gateway };
const anHour = 3_600_000;

function at(state: string, aheadMs = 0) {
  return storedTokens(me, { state, clock: () => Date.now() + aheadMs });
}

describe('without a usable login', () => {
  test('there is none: exit 4 and the command to run', async () => {
    const state = await stateFolder();
    await expect(at(state).current()).rejects.toMatchObject({
      code: 'LOGIN_REQUIRED',
      exitCode: 4,
      hint: `Run: hoopx login --gateway ${gateway}`,
    });
  });

  test('pitfall 34: an expired login says so, with the command that renews it', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    const record = await readLogin(state, me);
    const text = (await fileCredentials(state).read(record?.key ?? '')) ?? '';
    await fileCredentials(state).write(
      record?.key ?? '',
      JSON.stringify({ ...JSON.parse(text), refreshToken: null }),
    );
    await expect(at(state, anHour).current()).rejects.toMatchObject({
      code: 'LOGIN_EXPIRED',
      exitCode: 4,
      hint: expect.stringContaining('hoopx login'),
    });
  });

  test('a renewal that the provider refuses ends the login, and is not tried again', async () => {
    await using own = await startProvider();
    const state = await stateFolder();
    const record = await logInAs(own, { state, account: 'engineer' });
    const { refreshToken } = JSON.parse((await fileCredentials(state).read(record.key)) ?? '{}');
    const body = new URLSearchParams({ token: refreshToken, client_id: own.clientId });
    await fetch(`${own.issuer}/token/revocation`, { method: 'POST', body });

    const source = at(state, anHour);
    await expect(source.current()).rejects.toMatchObject({ code: 'LOGIN_EXPIRED', exitCode: 4 });
    expect(await fileCredentials(state).read(record.key)).toBeNull();
    await own.close();
    await expect(source.current()).rejects.toMatchObject({ code: 'LOGIN_EXPIRED' });
  });

  test('a provider that is out of reach is named, once the token has expired', async () => {
    const own = await startProvider();
    const state = await stateFolder();
    await logInAs(own, { state, account: 'engineer' });
    await own.close();
    const nearTheEnd = 600_000 - 60_000;
    expect((await at(state, nearTheEnd).current()).token).not.toBe('');
    await expect(at(state, anHour).current()).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      exitCode: 69,
    });
  });

  test('stored files that are damaged count as none', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    for (const folder of ['credentials', 'logins']) {
      for (const name of await readdir(path.join(state, folder))) {
        await writeFile(path.join(state, folder, name), '{"version":1,');
      }
      await expect(at(state).current()).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    }
  });
});

describe('a stored login', () => {
  test('gives the same token while it is good, and a new one ahead of its end', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    const { token, expiresAt } = await at(state).current();
    expect((await at(state, 60_000).current()).token).toBe(token);
    const renewed = await at(state, 600_000 - 60_000).current();
    expect(renewed.token).not.toBe(token);
    expect(renewed.expiresAt).toBeGreaterThan(expiresAt);
    expect((await readLogin(state, me))?.expiresAt).toBe(renewed.expiresAt);
  });

  test('is renewed once by many who ask at a time, in one process', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    const sources = Array.from({ length: 8 }, () => at(state, 600_000 - 60_000));
    const tokens = await Promise.all(sources.map((source) => source.current()));
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
  });

  test('is renewed once by several processes, and none of them loses it', async () => {
    const state = await stateFolder();
    const { token } = await (async () => {
      await logInAs(provider, { state, account: 'engineer' });
      return at(state).current();
    })();
    const program = await bundled(path.join(import.meta.dirname, 'renew-program.ts'));
    const words = [program, state, me.profile, gateway, `${600_000 - 60_000}`];
    const runs = await Promise.all(
      [1, 2, 3].map(() => promisify(execFile)(process.execPath, words)),
    );
    const printed = new Set(runs.map(({ stdout }) => stdout));
    expect(printed.size).toBe(1);
    expect(printed.has(token)).toBe(false);
    expect((await at(state, 2 * anHour).current()).token).not.toBe('');
  });

  test('is renewed although a process died holding the lock', async () => {
    const state = await stateFolder();
    const { key } = await logInAs(provider, { state, account: 'engineer' });
    await mkdir(path.join(state, 'locks'), { recursive: true });
    await writeFile(path.join(state, 'locks', `${key}.lock`), '4194304 gone');
    const { token } = await at(state).current();
    expect((await at(state, anHour).current()).token).not.toBe(token);
    expect(await readdir(path.join(state, 'locks'))).toEqual([]);
  });

  test('notices that another process renewed or ended it', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    const source = at(state);
    const { token } = await source.current();
    const renewed = await at(state, 600_000 - 60_000).current();
    expect(renewed.token).not.toBe(token);
    expect((await source.current()).token).toBe(renewed.token);
    await logout(me, { state, clock: Date.now, endAtGateway: async () => {} });
    await expect(source.current()).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
  });

  test('is kept in files that only their owner can read, with nothing left over', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    await at(state, anHour).current();
    for (const folder of ['credentials', 'logins']) {
      const names = await readdir(path.join(state, folder));
      expect(names).toHaveLength(1);
      const { mode } = await stat(path.join(state, folder, names[0] ?? ''));
      expect(mode & 0o777).toBe(0o600);
      expect((await stat(path.join(state, folder))).mode & 0o077).toBe(0);
    }
    const [name = ''] = await readdir(path.join(state, 'logins'));
    expect(await readFile(path.join(state, 'logins', name), 'utf8')).not.toContain('eyJ');
  });

  test('pitfall 37: no token is used for what it was not asked for', async () => {
    const state = await stateFolder();
    await logInAs(provider, { state, account: 'engineer' });
    const other = { profile: 'second', gateway };
    await logInAs(provider, { state, account: 'reviewer', name: other });
    const keys = new Set((await listLogins(state)).map(({ key }) => key));
    for (const issuer of [
      { ...provider.identity, scopes: ['openid', 'groups'] },
      { ...provider.identity, audience: null },
    ]) {
      keys.add((await logInAs(provider, { state, account: 'engineer', issuer })).key);
      expect(await readdir(path.join(state, 'credentials'))).toHaveLength(2);
    }
    expect(keys.size).toBe(4);
    const elsewhere = { profile: 'default', gateway: 'https://other.test' };
    const deps = { state, clock: Date.now };
    await expect(storedTokens(elsewhere, deps).current()).rejects.toMatchObject({
      code: 'LOGIN_REQUIRED',
    });
    const [mine, theirs] = await Promise.all(
      [me, other].map((n) => storedTokens(n, deps).current()),
    );
    expect(mine?.token).not.toBe(theirs?.token);
    expect((await listLogins(state)).map(({ profile, who }) => [profile, who.name])).toEqual([
      ['default', 'engineer@demo.invalid'],
      ['second', 'reviewer@demo.invalid'],
    ]);
  });
});

describe('a watched login', () => {
  test('tells each new token ahead of its end, and once that it is lost', async () => {
    await using own = await startProvider({ tokenSeconds: 2 });
    const state = await stateFolder();
    await logInAs(own, { state, account: 'engineer' });
    const told: string[] = [];
    let alive = true;
    const lost = await new Promise<{ code: string; exitCode: number }>((resolve, reject) => {
      const listener = {
        token: ({ token, expiresAt }: { token: string; expiresAt: number }) => {
          alive &&= Date.now() < expiresAt;
          told.push(token);
          if (told.length === 3) void rm(path.join(state, 'logins'), { recursive: true });
        },
        lost: resolve,
      };
      const { signal } = new AbortController();
      watchTokens(at(state), listener, signal, Date.now).catch(reject);
    });
    expect(new Set(told).size).toBe(3);
    expect(alive).toBe(true);
    expect(lost).toMatchObject({ code: 'LOGIN_REQUIRED', exitCode: 4 });
  });

  test('is quiet once its command ends', async () => {
    const state = await stateFolder();
    const stop = new AbortController();
    await logInAs(provider, { state, account: 'engineer' });
    const listener = { token: () => stop.abort(), lost: () => expect.unreachable() };
    await watchTokens(at(state), listener, stop.signal, Date.now);
  });
});
