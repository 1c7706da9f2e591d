import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { newUser, noteDemo } from './run-hoopx.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startedGateway();
});

afterAll(() => gateway[Symbol.asyncDispose]());

describe('a login that does not happen', () => {
  test('takes a terminal: nobody else is prompted', async () => {
    const user = await newUser();
    await noteDemo(user, gateway);
    const { code, stdout, stderr } = await user.run(['login']);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('HOOPX_TOKEN');
    expect(stderr).not.toContain('http://');
  });

  test('--as works at a running demo only', async () => {
    const user = await newUser();
    const ca = path.join(user.home, 'ca.pem');
    await writeFile(ca, gateway.certificates.ca);
    const words = ['login', '--as', 'engineer', '--gateway', gateway.url];
    const refused = await user.run([...words, '--ca', ca, '--json']);
    expect(refused.code).toBe(64);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      schema: 'hoopx.error/v1',
      error: { code: 'NOT_A_DEMO' },
    });
    expect(refused.stderr).toBe('');
  });

  test('a gateway whose certificate is not trusted gets nothing', async () => {
    const user = await newUser();
    const { code, stderr } = await user.run([
      'login',
      '--as',
      'engineer',
      '--gateway',
      gateway.url,
    ]);
    expect(code).toBe(69);
    expect(stderr).toContain('--ca');
  });

  test('an unknown flag, an unknown profile, no gateway: usage, login, usage', async () => {
    const user = await newUser();
    expect((await user.run(['whoami', '--nope'])).code).toBe(64);
    expect((await user.run(['whoami'])).code).toBe(64);
    await noteDemo(user, gateway);
    const stranger = await user.run(['whoami', '--profile', 'nobody']);
    expect(stranger.code).toBe(4);
    expect(stranger.stderr).toContain(`hoopx login --gateway ${gateway.url} --profile nobody`);
    expect((await user.run(['status', '--json'])).code).toBe(4);
  });
});

describe('a login at a demo', () => {
  test('one machine is two people, told apart by profile', async () => {
    const user = await newUser();
    await noteDemo(user, gateway);
    const engineer = await user.run(['login', '--as', 'engineer']);
    expect(engineer).toMatchObject({ code: 0 });
    expect(engineer.stdout).toContain('engineering');
    const reviewer = await user.run(['login', '--as', 'reviewer', '--json'], {
      HOOPX_PROFILE: 'second',
    });
    expect(JSON.parse(reviewer.stdout)).toMatchObject({
      profile: 'second',
      state: 'valid',
      principal: { person: 'reviewer', groups: ['engineering', 'dba'] },
    });
    const both = await Promise.all([
      user.run(['whoami', '--json']),
      user.run(['whoami', '--json', '--profile', 'second']),
    ]);
    const names = both.map(({ stdout }) => JSON.parse(stdout).principal.subject);
    expect(names).toEqual(['engineer', 'reviewer']);
    const status = JSON.parse((await user.run(['status', '--json'])).stdout);
    expect(status).toMatchObject({ usable: true, tokenFrom: 'login', gateway: gateway.url });
    expect(status.logins).toHaveLength(2);
  });

  test('status and whoami need no gateway, and say whose agent it is', async () => {
    const user = await newUser();
    const other = await startedGateway();
    await noteDemo(user, other);
    await user.run(['login', '--as', 'agent']);
    await other[Symbol.asyncDispose]();
    for (const command of ['whoami', 'status']) {
      const { code, stdout } = await user.run([command]);
      expect(code).toBe(0);
      expect(stdout).toContain('agent of engineer');
    }
  });

  test('logging out ends the token at the gateway, and there is nothing left', async () => {
    const user = await newUser();
    await noteDemo(user, gateway);
    await user.run(['login', '--as', 'engineer']);
    const { storedTokens } = await import('../../src/identity/stored-tokens.ts');
    const login = { profile: 'default', gateway: gateway.url };
    const { token } = await storedTokens(login, { state: user.state, clock: Date.now }).current();
    const asToken = { HOOPX_TOKEN: token };
    expect((await user.run(['whoami'], asToken)).stdout).toContain('engineer');

    const out = await user.run(['logout']);
    expect(out).toMatchObject({ code: 0, stderr: '' });
    const after = await user.run(['whoami'], asToken);
    expect(after.code).toBe(4);
    expect((await user.run(['whoami'])).code).toBe(4);
    expect((await user.run(['logout'])).stdout).toContain('no login');
  });

  test('a token file and HOOPX_TOKEN come before a login', async () => {
    const user = await newUser();
    await noteDemo(user, gateway);
    await user.run(['login', '--as', 'engineer']);
    const file = path.join(user.home, 'token');
    await writeFile(file, `${await gateway.token('ci')}\n`);
    const asFile = await user.run(['whoami', '--json', '--token-file', file]);
    expect(JSON.parse(asFile.stdout)).toMatchObject({
      state: 'given',
      principal: { subject: 'ci', kind: 'ci', person: 'engineer' },
    });
    const asVariable = await user.run(['whoami', '--json'], {
      HOOPX_TOKEN: await gateway.token('agent'),
    });
    expect(JSON.parse(asVariable.stdout).principal.subject).toBe('agent');
    const missing = await user.run(['whoami', '--token-file', '/nonexistent']);
    expect(missing.code).toBe(4);
  });

  test('the gateway may come from the configuration file, by profile', async () => {
    const user = await newUser();
    const folder = path.join(user.home, 'config', 'hoopx');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'ca.pem'), gateway.certificates.ca);
    const entry = `{ gateway: "${gateway.url}/", ca: ca.pem }`;
    await writeFile(path.join(folder, 'config.yaml'), `profiles: { work: ${entry} }\n`);
    const asWork = { HOOPX_PROFILE: 'work', HOOPX_TOKEN: await gateway.token('engineer') };
    expect((await user.run(['whoami'], asWork)).stdout).toContain('engineer');
    await writeFile(path.join(folder, 'config.yaml'), 'gatway: https://x\n');
    const { code, stderr } = await user.run(['whoami'], asWork);
    expect(code).toBe(78);
    expect(stderr).toContain('gatway');
  });
});
