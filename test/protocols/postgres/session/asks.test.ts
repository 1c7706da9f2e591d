import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { standardRules, startGated } from './gated.ts';

let peer: PostgresPeer;

const loose = '-c work_mem=7MB -c standard_conforming_strings=off -c client_encoding=LATIN1';
const settings = ['work_mem', 'standard_conforming_strings', 'client_encoding']
  .map((name) => `current_setting('${name}')`)
  .join();

/** psql through the adapter, under the standard rules and these. */
async function psql(
  rules: readonly RuleSpec[],
  { env = {}, search = '' }: { readonly env?: Record<string, string>; readonly search?: string },
) {
  await using gated = await startGated(peer, { rules: [...standardRules, ...rules] });
  const args = ['-X', '-A', '-t', `${gated.url}${search}`, '-c', `SELECT ${settings}`];
  return await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH, PGCONNECT_TIMEOUT: '20', ...env } };
    execFile('psql', args, options, (_error, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

/** The rule that the refusal's hint asks for, in its own words. */
function ruleOf(stderr: string): RuleSpec {
  const [, statement = '', unjudged] =
    /have a rule allow the statement (\w+)(?: of the class (unknown))?\./.exec(stderr) ?? [];
  const named = { statements: [statement] };
  const sql = unjudged === undefined ? named : { ...named, class: ['unknown'] as const };
  return { name: 'as the hint says', sql, then: 'allow' };
}

describeWith(['postgres', 'psql'], 'what a client asks for as it connects', () => {
  beforeAll(async () => {
    peer = await startPostgres();
  }, 60_000);

  afterAll(() => peer?.stop());

  for (const [parameter, ask, shown] of [
    ['options', { env: { PGOPTIONS: loose } }, '7MB|on|UTF8\n'],
    ['replication', { search: '?replication=database' }, '4MB|on|UTF8\n'],
  ] as const) {
    it(`is refused without a rule, and let through by the one that it names: ${parameter}`, async () => {
      const refused = await psql([], ask);
      expect(refused.stdout).toBe('');
      expect(refused.stderr).toContain(`startup parameter "${parameter}" needs a rule`);
      const rule = ruleOf(refused.stderr);
      expect(rule.sql?.statements).toEqual([`startup_${parameter}`]);
      // What is pinned stays so, whatever the options say.
      expect(await psql([rule], ask)).toEqual({ stdout: shown, stderr: '' });
      const denied = { ...rule, name: 'never', then: 'deny' } as const;
      expect((await psql([rule, denied], ask)).stderr).toContain('needs a rule');
    });
  }
});
