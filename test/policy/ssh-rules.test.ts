import { describe, expect, it } from 'vitest';
import type { SshFacts } from '../../src/core/facts.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { compilePolicy, findPolicyProblems } from '../../src/policy/policy.ts';
import { questionOf, specOf, sshQuestionOf } from './questions.ts';

const verdict = (rule: Omit<RuleSpec, 'name'>, question = sshQuestionOf({})) =>
  compilePolicy(specOf([{ name: 'the rule', ...rule }])).evaluate(question).kind;

const command = (line: string) => ({ name: line.split(' ')[0] ?? '', line });
const running = (...lines: string[]) => sshQuestionOf({ commands: lines.map(command) });

describe('a rule for one protocol', () => {
  it('says nothing about another', () => {
    expect(verdict({ sql: {}, then: 'allow' })).toBe('deny');
    expect(verdict({ sql: { class: ['read'] }, then: 'allow' })).toBe('deny');
    expect(verdict({ ssh: {}, then: 'allow' }, questionOf({}))).toBe('deny');
    const reviewed = { ssh: { kind: ['exec'] }, then: 'review', chain: 'dba' } as const;
    expect(verdict(reviewed, questionOf({}))).toBe('deny');
  });

  it('does not allow through the empty facts that an expression reads of another', () => {
    const reads = { when: 'sql.classes.all(c, c == "read")', then: 'allow' } as const;
    expect(verdict(reads, questionOf({}))).toBe('allow');
    expect(verdict(reads)).toBe('deny');
  });

  it('reviews and denies by the rest of an expression that also reads another', () => {
    const when = 'principal.name == "alice@example.com" || sql.into';
    expect(verdict({ when, then: 'review', chain: 'dba' })).toBe('review');
  });

  it('may not ask for two at once', () => {
    const rule: RuleSpec = { name: 'both', sql: {}, ssh: {}, then: 'deny' };
    expect(findPolicyProblems(specOf([rule]))).toMatchObject([
      { rule: 'both', message: expect.stringContaining('two rules') },
    ]);
  });
});

describe('what nobody can see through', () => {
  const whole: Partial<SshFacts>[] = [
    { classes: ['opaque'] },
    { classes: ['plain', 'unknown'] },
    { kinds: ['shell'], commands: [] },
    { kinds: ['subsystem'] },
    { kinds: ['exec', 'agent_forwarding'] },
    { kinds: ['exec', 'x11_forwarding'] },
  ];

  it.each(whole)('%o passes neither a default nor a rule that does not name it', (facts) => {
    const question = sshQuestionOf(facts);
    expect(compilePolicy(specOf([], { unmatched: 'allow' })).evaluate(question).kind).toBe('deny');
    expect(verdict({ then: 'allow' }, question)).toBe('deny');
    expect(verdict({ ssh: { commands: ['*'] }, then: 'allow' }, question)).toBe('deny');
  });

  it('passes a rule that names it', () => {
    const shell = sshQuestionOf({ kinds: ['shell'], commands: [], pty: true });
    expect(verdict({ ssh: { kind: ['shell'] }, then: 'allow' }, shell)).toBe('allow');
    const opaque = { ssh: { kind: ['exec'], class: ['opaque'] }, then: 'allow' } as const;
    expect(verdict(opaque, sshQuestionOf({ classes: ['opaque'] }))).toBe('allow');
  });
});

describe('commands', () => {
  const allow = (...commands: string[]) => ({ ssh: { commands }, then: 'allow' }) as const;
  const deny = (...commands: string[]) =>
    verdict(
      { ssh: { commands }, then: 'review', chain: 'dba' },
      running('ls', '/usr/bin/rm -rf /x'),
    );

  it('are allowed only where every one of them is covered', () => {
    expect(verdict(allow('ls'), running('ls -l', 'rm x'))).toBe('deny');
    expect(verdict(allow('ls', 'rm'), running('ls -l', 'rm x'))).toBe('allow');
  });

  it('are reviewed when any matches, also by its path', () => {
    expect(deny('rm')).toBe('review');
    expect(deny('rm *')).toBe('review');
    expect(deny('/usr/bin/rm')).toBe('review');
    expect(deny('mv')).toBe('deny');
  });

  it('are not allowed by name when they are called by a path', () => {
    expect(verdict(allow('ls'), running('/tmp/ls'))).toBe('deny');
    expect(verdict(allow('ls *'), running('/tmp/ls -l'))).toBe('deny');
    expect(verdict(allow('/usr/bin/ls'), running('/usr/bin/ls -l'))).toBe('allow');
  });

  it('are matched with their arguments by a glob with a space', () => {
    expect(verdict(allow('systemctl status *'), running('systemctl status nginx'))).toBe('allow');
    expect(verdict(allow('systemctl status *'), running('systemctl stop nginx'))).toBe('deny');
  });
});

describe('an allow rule about one thing', () => {
  const file = { kinds: ['sftp_write'], commands: [], paths: ['/srv/a'] } as const;
  const forward = { kinds: ['direct_tcpip'], commands: [], forward: ['db:22'] } as const;
  const redirect = { paths: ['/srv/log'], commands: [command('rm -rf /')] };

  it.each([
    ['commands', { commands: ['*'] }, file],
    ['commands', { commands: ['*'] }, forward],
    ['commands of the kind it names', { kind: ['sftp_write'], commands: ['*'] }, file],
    ['paths', { paths: ['*'] }, forward],
    ['paths', { paths: ['/srv/*'] }, {}],
    ['paths', { paths: ['/srv/*'] }, redirect],
    ['forwardings', { forward: ['*'] }, file],
    ['commands and forwardings', { commands: ['*'], forward: ['*'] }, {}],
  ] as const)('by %s does not pass what has nothing of it', (_, ssh, facts) => {
    expect(verdict({ ssh, then: 'allow' }, sshQuestionOf(facts))).toBe('deny');
  });

  it('passes all of it that is covered', () => {
    const paths = { ssh: { paths: ['/srv/*'] }, then: 'allow' } as const;
    expect(verdict(paths, sshQuestionOf(file))).toBe('allow');
    const both = { ssh: { commands: ['rm *'], paths: ['/srv/*'] }, then: 'allow' } as const;
    expect(verdict(both, sshQuestionOf(redirect))).toBe('allow');
  });
});

describe('other facts of SSH', () => {
  it('cover every path, and touch any', () => {
    const files = sshQuestionOf({ kinds: ['sftp_write'], paths: ['/srv/a', '/etc/passwd'] });
    expect(verdict({ ssh: { paths: ['/srv/*'] }, then: 'allow' }, files)).toBe('deny');
    expect(verdict({ ssh: { paths: ['/srv/*', '/etc/*'] }, then: 'allow' }, files)).toBe('allow');
    const touching = { ssh: { paths: ['/etc/*'] }, then: 'review', chain: 'dba' } as const;
    expect(verdict(touching, files)).toBe('review');
  });

  it('match where a forwarding leads', () => {
    const forward = sshQuestionOf({ kinds: ['direct_tcpip'], forward: ['db:5432'], commands: [] });
    const allowed = (glob: string) =>
      verdict({ ssh: { kind: ['direct_tcpip'], forward: [glob] }, then: 'allow' }, forward);
    expect(allowed('*:22')).toBe('deny');
    expect(allowed('db:*')).toBe('allow');
  });

  it('match flags', () => {
    const rule = { ssh: { sudo: false, pty: false }, then: 'allow' } as const;
    expect(verdict(rule, sshQuestionOf({ sudo: true }))).toBe('deny');
    expect(verdict(rule)).toBe('allow');
  });

  it('are read by expressions', () => {
    const when = 'ssh.commands.exists(c, c.name == "reboot") && !ssh.pty';
    expect(verdict({ when, then: 'review', chain: 'dba' }, running('sudo reboot', 'reboot'))).toBe(
      'review',
    );
    expect(verdict({ when, then: 'allow' })).toBe('deny');
  });
});
