import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-problem.ts';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { loadPolicyFile } from '../../src/config/policy-file.ts';
import { env, fileOf, sample, sampleWith } from './gateway-files.ts';

async function problemsOf(text: string, name?: string): Promise<string[]> {
  try {
    await loadGatewayConfig(await fileOf(text, name), env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.exitCode).toBe(78);
    return error.problems.map(({ line, key, message }) => `${line} ${key}: ${message}`);
  }
  return [];
}

describe('a configuration', () => {
  it('is refused for an unknown key, with line, key and the key that may be meant', async () => {
    expect(await problemsOf(sampleWith('database: app', 'databse: app'))).toEqual([
      '13 connections.pg-prod.database: is required',
      '17 connections.pg-prod.databse: unknown key; did you mean database?',
    ]);
  });

  it('is refused with every problem at once, in the order of the file', async () => {
    const text = sampleWith('port: 5432', "port: '5432'")
      .replace('then: allow', 'then: permit')
      .replace('runWithin: 30m', 'runWithin: 30 minutes');
    expect(await problemsOf(text)).toEqual([
      '16 connections.pg-prod.port: must be a port number',
      '27 rules[0].then: must be one of allow, deny, review',
      expect.stringContaining('42 chains.dba.runWithin: must be a duration'),
    ]);
  });

  it('says file, line and column in its message', async () => {
    const file = await fileOf(sampleWith('user: app', 'usr: app'));
    await expect(loadGatewayConfig(file, env)).rejects.toThrow(
      `${file}:18:5: connections.pg-prod.usr: unknown key; did you mean user?`,
    );
  });

  it('has the same places in JSON', async () => {
    const json = '{\n  "identity": [\n    { "name": "corp", "isuer": "https://x" }\n  ]\n}';
    expect(await problemsOf(json, 'hoopx.gateway.json')).toContain(
      '3 identity[0].isuer: unknown key; did you mean issuer?',
    );
  });

  it.each([
    ['a key twice', `${sample}store: sqlite:./other.db\n`, 'Map keys must be unique'],
    ['two documents', `${sample}---\n${sample}`, 'multiple documents'],
    ['a tag', `${sample}masking: !!js/function 'x'\n`, 'tag'],
    ['no map', '- 1\n', 'must be a map of keys'],
    ['nothing', '', 'must be a map of keys'],
    ['a key of every object', `${sample}__proto__: {}\n`, '__proto__: unknown key'],
  ])('is refused for %s', async (_, text, expected) => {
    expect((await problemsOf(text)).join('\n')).toContain(expected);
  });

  it('is refused when its aliases unfold without end', async () => {
    const layers = Array.from(
      { length: 12 },
      (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]`,
    );
    const bomb = `l0: &l0 [x]\n${layers.join('\n')}\n`;
    expect((await problemsOf(bomb)).join('\n')).toContain('alias');
  });

  it.each(['js', 'ts', 'mjs', 'txt'])('is never read from a .%s file', async (extension) => {
    const file = await fileOf(sample, `hoopx.gateway.${extension}`);
    await expect(loadGatewayConfig(file, env)).rejects.toMatchObject({ exitCode: 78 });
  });

  it('that is not there is exit 78', async () => {
    await expect(loadGatewayConfig('/nonexistent/x.yaml', env)).rejects.toMatchObject({
      exitCode: 78,
    });
  });
});

describe('what is not enforced yet', () => {
  it.each([
    [
      'masks in files',
      `${sample}masking:
  - { secrets: mask, files: true }
`,
      'files',
    ],
    ['a PostgreSQL store', sampleWith('sqlite:./hoopx.db', 'postgres://db/x'), 'PostgreSQL store'],
    [
      'a second stage',
      sampleWith('count: 1 }', 'count: 1 }\n      - { groups: [leads] }'),
      'more than one stage',
    ],
  ])('is refused: %s', async (_, text, expected) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('not enforced yet');
    expect(problems[0]).toContain(expected);
  });
});

describe('a secret in the file', () => {
  it.each([
    ['password', sampleWith('env:PG_PROD_PASSWORD', 'hunter2')],
    ['clientSecret', sampleWith('kind: human', 'kind: human\n    clientSecret: hunter2')],
    [
      'gateway.tls.key',
      sampleWith('gateway:\n', 'gateway:\n  tls: { cert: env:CERT, key: hunter2 }\n'),
    ],
  ])('is refused with what to write instead, and not repeated: %s', async (key, text) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${key}: a secret is not written in this file`);
    expect(problems[0]).toContain('env:NAME, file:PATH or exec:COMMAND');
    expect(problems[0]).not.toContain('hunter2');
  });
});

describe('transport', () => {
  const listen = 'listen: 127.0.0.1:7443';
  const url = 'publicUrl: https://hoopx.example.com';

  it.each(['0.0.0.0:7443', '10.0.0.1:7443', '[::]:7443', 'gateway.example.com:7443'])(
    'needs TLS to listen at %s',
    async (address) => {
      expect(await problemsOf(sampleWith(listen, `listen: '${address}'`))).toEqual([
        expect.stringContaining('gateway.tls: is required'),
      ]);
    },
  );

  it.each(['127.0.0.1:7443', 'localhost:0', '[::1]:7443', '[::ffff:127.8.8.8]:1'])(
    'needs none at %s',
    async (address) => {
      expect(await problemsOf(sampleWith(listen, `listen: '${address}'`))).toEqual([]);
    },
  );

  it('never has a public address in the clear', async () => {
    const problems = await problemsOf(sampleWith(url, 'publicUrl: http://hoopx.example.com'));
    expect(problems).toEqual([expect.stringContaining('gateway.publicUrl: must be https')]);
  });

  it('takes no loopback name that only looks like one', async () => {
    const problems = await problemsOf(sampleWith(url, 'publicUrl: http://127.0.0.1.evil.example'));
    expect(problems).toEqual([expect.stringContaining('must be https')]);
  });

  it.each(['not a url', 'https://x.example/path', 'ftp://x.example', 'https://u:p@x.example'])(
    'refuses %s as the public address',
    async (address) => {
      expect(await problemsOf(sampleWith(url, `publicUrl: ${address}`))).toHaveLength(1);
    },
  );

  it('refuses an issuer in the clear off loopback', async () => {
    const issuer = 'issuer: https://idp.example.com';
    expect(await problemsOf(sampleWith(issuer, 'issuer: http://idp.example.com'))).toEqual([
      expect.stringContaining('identity[0].issuer: must be https'),
    ]);
    expect(await problemsOf(sampleWith(issuer, 'issuer: http://127.0.0.1:4000/oidc'))).toEqual([]);
  });
});

describe('identity', () => {
  it.each(['agent', 'ci', '{ claim: kind }'])('needs an owner for kind %s', async (kind) => {
    expect(await problemsOf(sampleWith('kind: human', `kind: ${kind}`))).toEqual([
      expect.stringContaining('identity[0].ownerClaim: is required'),
    ]);
    const owned = sampleWith('kind: human', `kind: ${kind}\n    ownerClaim: owner`);
    expect(await problemsOf(owned)).toEqual([]);
  });

  it('refuses two entries that cannot be told apart', async () => {
    const entry = /identity:\n( {2}- name: corp\n(?: {4}.*\n)+)/.exec(sample)?.[1] ?? '';
    expect(entry).toContain('issuer');
    expect(await problemsOf(sampleWith(entry, entry + entry))).toEqual([
      expect.stringContaining('identity[1].name'),
      expect.stringContaining('identity[1].issuer'),
    ]);
  });
});

describe('rules and chains', () => {
  it.each([
    [
      'an unknown chain',
      ['chain: dba', 'chain: bda'],
      '32 rules[1].chain: rule "writes need a DBA"',
    ],
    ['a bad pattern', ['then: allow', "then: allow\n    pattern: '(?=x)'"], 'rules[0].pattern'],
    ['a bad expression', ['then: allow', "then: allow\n    when: 'sql.x == 1'"], 'rules[0].when'],
    [
      'a misspelt statement',
      ['[drop_database]', '[drop_databases]'],
      'did you mean drop_database?',
    ],
    [
      'an unknown fallback',
      ['fallback: deny', 'fallback: { policy: night }'],
      'chains.dba.fallback',
    ],
    ['a stage of nobody', ['groups: [dba], count: 1', 'count: 1'], 'must name groups or users'],
    ['too few users', ['groups: [dba], count: 1', 'users: [a, a], count: 2'], 'only 1 may approve'],
    ['an empty list', ['[pg-*]', '[]'], 'must name at least one'],
    ['nobody with access', ['{ groups: [engineering] }', '{}'], 'must name groups or users'],
    ['a ca that is not checked', ['tls: verify-full', 'tls: { mode: prefer, ca: env:CA }'], 'ca'],
    [
      'half a client certificate',
      ['tls: verify-full', 'tls: { mode: verify-full, cert: env:C }'],
      'key',
    ],
    [
      'a trusted glob',
      ['user: app', 'user: app\n    trustedFunctions: ["public.*"]'],
      'exact name',
    ],
  ] as const)('are refused for %s', async (_, [from, to], expected) => {
    const problems = await problemsOf(sampleWith(from, to));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('are checked without reading a secret', async () => {
    const file = await fileOf(sampleWith('env:PG_PROD_PASSWORD', 'exec:/nonexistent/vault'));
    const { policy, connections } = await loadPolicyFile(file);
    expect(policy.rules).toHaveLength(3);
    expect(connections['pg-prod']?.identity.labels).toEqual({ env: 'prod' });
    await expect(loadGatewayConfig(file, env)).rejects.toThrow('connections.pg-prod.password');
  });
});
