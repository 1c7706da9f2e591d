import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../src/core/rules.ts';
import { compilePolicy, findPolicyProblems } from '../../src/policy/policy.ts';
import { specOf, sshQuestionOf } from './questions.ts';

const looking: RuleSpec = { name: 'looking', ssh: { commands: ['ls', 'id'] }, then: 'allow' };
const rest: RuleSpec = {
  name: 'rest',
  ssh: { kind: ['exec'] },
  except: ['looking'],
  then: 'review',
  chain: 'dba',
};

const command = (line: string) => ({ name: line.split(' ')[0] ?? '', line });

function verdict(rules: RuleSpec[], ...lines: string[]) {
  const question = sshQuestionOf({ commands: lines.map(command) });
  return compilePolicy(specOf(rules)).evaluate(question).kind;
}

describe('an exception', () => {
  it('is no way past the rule for what goes beyond the allowed', () => {
    expect(verdict([looking, rest], 'ls', 'rm x')).toBe('review');
    const opaque = sshQuestionOf({ commands: [command('ls')], classes: ['opaque'] });
    expect(compilePolicy(specOf([looking, rest])).evaluate(opaque).kind).toBe('review');
  });

  it('lets pass what the allow rule covers whole', () => {
    expect(verdict([looking, rest], 'ls -l')).toBe('allow');
    expect(verdict([rest, looking], 'ls', 'id')).toBe('allow');
  });

  it('does not weaken another rule', () => {
    const never: RuleSpec = { name: 'never', ssh: { commands: ['id'] }, then: 'deny' };
    expect(verdict([looking, rest, never], 'id')).toBe('deny');
  });

  it('holds where the allow rule is for other connections', () => {
    expect(verdict([{ ...looking, connections: ['other'] }, rest], 'ls')).toBe('review');
  });

  it.each([
    ['a name that no rule has', { ...rest, except: ['lookin'] }, 'did you mean "looking"'],
    ['a rule that does not allow', { ...rest, except: ['rest'] }, 'no allow rule here'],
    [
      'an allow rule that has one',
      { name: 'rest', except: ['looking'], then: 'allow' },
      'for deny and review rules',
    ],
  ] as const)('is refused for %s', (_, rule, message) => {
    expect(findPolicyProblems(specOf([looking, rule]))).toMatchObject([
      { rule: 'rest', message: expect.stringContaining(message) },
    ]);
  });
});
