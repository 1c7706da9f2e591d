import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { execa } from 'execa';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { readGatewayFile } from '../../src/config/gateway-file.ts';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { loadPolicyFile } from '../../src/config/policy-file.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { env, fileOf, folderOf, sample } from './gateway-files.ts';

const from = 'env:PG_PROD_PASSWORD';

async function passwordFrom(reference: string, files: Record<string, string> = {}) {
  const folder = await folderOf({
    ...files,
    'hoopx.gateway.yaml': sample.replace(from, reference),
  });
  const config = await loadGatewayConfig(path.join(folder, 'hoopx.gateway.yaml'), {
    ...env,
    PATH: process.env.PATH,
  });
  const connection = config.connections['pg-prod'];
  return connection?.type === 'postgres' ? connection.password?.reveal() : undefined;
}

describe('a reference that cannot be resolved', () => {
  it.each([
    ['env:NOWHERE', 'the environment has no NOWHERE'],
    ['env:toString', 'the environment has no toString'],
    ['file:nowhere', 'ENOENT'],
    ['exec:/nonexistent/vault', 'could not be run'],
    ['exec:sh -c exit\\ 3', 'ended with exit code 3'],
    ['exec:true', 'is empty'],
    ['file:empty', 'is empty'],
  ])('is refused with its place: %s', async (reference, expected) => {
    const attempt = passwordFrom(reference, { empty: '\n' });
    await expect(attempt).rejects.toMatchObject({ exitCode: 78 });
    await expect(attempt).rejects.toThrow(/:19:5: connections\.pg-prod\.password: /);
    await expect(attempt).rejects.toThrow(expected);
  });

  it('is refused together with every other', async () => {
    const text = sample
      .replace(from, 'env:ONE')
      .replace('kind: human', 'kind: human\n    clientSecret: env:TWO');
    await expect(loadGatewayConfig(await fileOf(text), {})).rejects.toThrow(/TWO[\s\S]*ONE/);
  });
});

describe('a secret', () => {
  it('comes from the environment', async () => {
    expect(await passwordFrom(from)).toBe('correct horse');
  });

  it('comes from a file beside the configuration, less its last newline', async () => {
    expect(await passwordFrom('file:./pw', { pw: ' two words \n' })).toBe(' two words ');
  });

  it('comes from a command that runs in the folder, without a shell', async () => {
    expect(await passwordFrom('exec:cat pw', { pw: 'from a command\n' })).toBe('from a command');
    expect(await passwordFrom('exec:echo $HOME;id')).toBe('$HOME;id');
    const script = '#!/bin/sh\necho "$PG_PROD_PASSWORD"\n';
    expect(await passwordFrom('exec:./get', { get: script })).toBe('correct horse');
  });

  it('prints as redacted wherever the configuration is printed', async () => {
    const config = await loadGatewayConfig(await fileOf(sample), env);
    expect(inspect(config, { depth: 9 })).not.toContain('correct horse');
    expect(JSON.stringify(config)).not.toContain('correct horse');
  });
});

describe('the sample', () => {
  it('loads, with paths absolute and durations in milliseconds', async () => {
    const file = await fileOf(sample);
    const config = await loadGatewayConfig(file, env);
    expect(config).toMatchObject({
      path: file,
      gateway: { host: '127.0.0.1', port: 7443, publicUrl: 'https://hoopx.example.com', tls: null },
      store: { kind: 'sqlite', path: path.join(path.dirname(file), 'hoopx.db') },
      identity: [
        {
          issuer: 'https://idp.example.com',
          personClaim: 'sub',
          ownerClaim: null,
          personNamespace: 'corp',
          clockSkewSeconds: 30,
        },
      ],
      policy: { chains: { dba: { approveWithinMs: 3_600_000, runWithinMs: 1_800_000 } } },
    });
    expect(config.policy.revision).toBe(config.revision);
    expect(() => compilePolicy(config.policy)).not.toThrow();
  });

  it('is the one of the reference', async () => {
    const reference = await readFile(
      new URL('../../docs/configuration.md', import.meta.url),
      'utf8',
    );
    const block = /```yaml\n([\s\S]*?)```/.exec(reference)?.[1] ?? '';
    const file = await fileOf(block);
    await expect(loadPolicyFile(file)).resolves.toMatchObject({ path: file });
  });

  it('is found in the working folder when no file is named', async () => {
    const folder = await folderOf({ 'hoopx.gateway.yml': 'a: 1', 'hoopx.gateway.json': '{}' });
    expect((await readGatewayFile(undefined, folder)).path).toBe(
      path.join(folder, 'hoopx.gateway.yml'),
    );
    const empty = await folderOf({});
    await expect(readGatewayFile(undefined, empty)).rejects.toMatchObject({
      code: 'NO_CONFIG',
      exitCode: 78,
    });
  });
});

describe('TLS material', () => {
  it('is refused when certificate and key do not belong together', async () => {
    const one = await generate([{ name: 'commonName', value: 'one' }]);
    const two = await generate([{ name: 'commonName', value: 'two' }]);
    const load = async (key: string) => {
      const tls = '  tls: { cert: file:cert.pem, key: file:key.pem }\n';
      const folder = await folderOf({
        'cert.pem': one.cert,
        'key.pem': key,
        'hoopx.gateway.yaml': sample.replace('gateway:\n', `gateway:\n${tls}`),
      });
      return loadGatewayConfig(path.join(folder, 'hoopx.gateway.yaml'), env);
    };
    await expect(load(two.private)).rejects.toThrow('gateway.tls: cannot be used');
    await expect(load('no key')).rejects.toThrow('gateway.tls: cannot be used');
    const config = await load(one.private);
    expect(config.gateway.tls?.cert).toBe(one.cert.trimEnd());
    expect(config.gateway.tls?.key.reveal()).toBe(one.private.trimEnd());
  });

  it('is refused when a ca is no certificate', async () => {
    const text = sample.replace('tls: verify-full', 'tls: { mode: verify-full, ca: env:CA }');
    await expect(loadGatewayConfig(await fileOf(text), { ...env, CA: 'x' })).rejects.toThrow(
      'connections.pg-prod.tls.ca: is not a PEM certificate',
    );
  });

  it('is strict where nothing is said, and lenient only on loopback', async () => {
    const mode = async (host: string) => {
      const text = sample.replace('    tls: verify-full\n', '').replace('db.internal', host);
      const connection = (await loadGatewayConfig(await fileOf(text), env)).connections['pg-prod'];
      return connection?.type === 'postgres' ? connection.tls.mode : null;
    };
    expect(await mode('db.internal')).toBe('verify-full');
    expect(await mode('127.0.0.1')).toBe('prefer');
  });
});

describe('a revision', () => {
  const load = async (text: string, variables = env) =>
    loadGatewayConfig(await fileOf(text), variables);

  it('does not change with comments, folders, or the value of a secret', async () => {
    const one = await load(sample);
    const other = await load(`# a comment\n${sample}`, { PG_PROD_PASSWORD: 'another' });
    expect(other.revision).toBe(one.revision);
    expect(other.connections['pg-prod']?.revision).toBe(one.connections['pg-prod']?.revision);
  });

  it('changes with a rule, and the connection with it does not', async () => {
    const one = await load(sample);
    const other = await load(sample.replace('[write, ddl]', '[write, ddl, dcl]'));
    expect(other.revision).not.toBe(one.revision);
    expect(other.connections['pg-prod']?.revision).toBe(one.connections['pg-prod']?.revision);
  });

  it.each([
    ['host: db.internal', 'host: other.internal'],
    ['port: 5432', 'port: 5433'],
    ['database: app', 'database: other'],
    ['user: app', 'user: other'],
    ['tls: verify-full', 'tls: require'],
    ['{ env: prod }', '{ env: dev }'],
    ['[engineering]', '[operations]'],
    ['user: app', 'user: app\n    databases: [other]'],
    ['user: app', 'user: app\n    trustedFunctions: [public.f]'],
  ])('of a connection changes with %s', async (before, after) => {
    const one = await load(sample);
    const other = await load(sample.replace(before, after));
    expect(other.connections['pg-prod']?.revision).not.toBe(one.connections['pg-prod']?.revision);
  });

  it('of a connection is the same with and without its secrets read', async () => {
    const file = await fileOf(sample);
    const { connections } = await loadPolicyFile(file);
    const config = await loadGatewayConfig(file, env);
    expect(connections['pg-prod']?.identity.revision).toBe(config.connections['pg-prod']?.revision);
  });
});

describe('setting up', () => {
  it('runs nothing that lies in the working folder', async () => {
    const folder = await folderOf({ 'hoopx.gateway.yaml': sample });
    await mkdir(path.join(folder, '.config'));
    await writeFile(
      path.join(folder, '.config', 'config.js'),
      'require("node:fs").writeFileSync("executed", "")',
    );
    const loader = new URL('../../src/config/policy-file.ts', import.meta.url).href;
    const script = `import { loadPolicyFile } from ${JSON.stringify(loader)}; await loadPolicyFile(); console.log('loaded');`;
    const tsx = new URL(import.meta.resolve('tsx')).href;
    const { stdout } = await execa(
      process.execPath,
      ['--import', tsx, '--input-type=module', '--eval', script],
      { cwd: folder },
    );
    expect(stdout).toBe('loaded');
    expect(await readdir(folder)).not.toContain('executed');
  });
});
