import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TokenProgram } from '../../../src/protocols/kubernetes/target.ts';
import { createTokenSource } from '../../../src/protocols/kubernetes/token-source.ts';

interface Setting {
  readonly program: TokenProgram;
  /** How often it has run. */
  runs(): Promise<number>;
}

/** A program that counts its runs, and prints what the script says with `$n` for the count. */
async function programThat(script: string): Promise<Setting> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-tokens-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const count = path.join(folder, 'count');
  await writeFile(count, '');
  return {
    program: {
      command: 'sh',
      args: ['-c', `echo >> count; n=$(wc -l < count); ${script}`],
      environment: { PATH: process.env.PATH ?? '', SAID: 'yes' },
      folder,
    },
    runs: async () => (await readFile(count, 'utf8')).length,
  };
}

const credential = (rest: string) =>
  `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-%s"${rest}}}' $n`;

test.each([
  ['fails', 'echo secret >&2; exit 3'],
  ['prints no JSON', 'echo hello'],
  ['prints no token', 'echo "{\\"status\\":{}}"'],
  ['prints an empty one', 'echo "{\\"status\\":{\\"token\\":\\"\\"}}"'],
])('there is no credential of a program that %s, and it is asked again', async (_what, script) => {
  const { program, runs } = await programThat(script);
  const tokens = createTokenSource();
  for (const times of [1, 2]) {
    await expect(tokens.current(program)).rejects.toMatchObject({
      refusal: { code: 'UPSTREAM_REFUSED_LOGIN', message: expect.not.stringContaining('secret') },
    });
    expect(await runs()).toBe(times);
  }
});

test('a token is kept for as long as the program says, one run for all who ask at once', async () => {
  const { program, runs } = await programThat(
    credential(',"expirationTimestamp":"2030-01-01T00:10:00Z"'),
  );
  let now = Date.parse('2030-01-01T00:00:00Z');
  const tokens = createTokenSource(() => now);
  const all = await Promise.all([1, 2, 3].map(() => tokens.current(program)));
  expect(all.map((token) => token.reveal())).toEqual(['token-1', 'token-1', 'token-1']);
  now += 9 * 60_000;
  expect((await tokens.current(program)).reveal()).toBe('token-1');
  now += 31_000;
  const next = await Promise.all([1, 2, 3].map(() => tokens.current(program)));
  expect(next.map((token) => token.reveal())).toEqual(['token-2', 'token-2', 'token-2']);
  expect(await runs()).toBe(2);
});

test('a token without an end is kept until the cluster refuses it, and not asked for in a rush', async () => {
  const { program, runs } = await programThat(credential(''));
  let now = 0;
  const tokens = createTokenSource(() => now);
  await tokens.current(program);
  tokens.refused(program);
  expect((await tokens.current(program)).reveal()).toBe('token-1');
  now += 10_000;
  tokens.refused(program);
  expect((await tokens.current(program)).reveal()).toBe('token-2');
  expect(await runs()).toBe(2);
});

test('the program runs with the environment of the configuration, and no terminal', async () => {
  const { program } = await programThat(
    `test "$SAID" = yes && ! test -t 0 && echo "$KUBERNETES_EXEC_INFO" | grep -q '"interactive":false' && ${credential('')}`,
  );
  expect((await createTokenSource().current(program)).reveal()).toBe('token-1');
});
