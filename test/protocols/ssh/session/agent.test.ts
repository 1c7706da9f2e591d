import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, startGated } from './gated.ts';
import { startMaster } from './master.ts';

const commands: RuleSpec = {
  name: 'commands pass',
  ssh: { kind: ['exec'], commands: ['ssh-add', 'echo', 'true'] },
  then: 'allow',
};
const reviewed: RuleSpec = {
  name: 'commands are reviewed',
  ssh: { kind: ['exec', 'shell'] },
  then: 'review',
  chain: 'ops',
};
const lent: RuleSpec = {
  name: 'agents are lent',
  ssh: { kind: ['agent_forwarding'] },
  then: 'allow',
};
const lentOnReview: RuleSpec = { ...lent, then: 'review', chain: 'ops' };
const on = { agentForwarding: true };

describeWith(['sshd', 'ssh', 'ssh-keygen', 'ssh-agent', 'ssh-add'], 'agent forwarding', () => {
  let peer: SshdPeer;
  let agent: ChildProcess;
  let socket: string;
  let key: string;

  beforeAll(async () => {
    peer = await startSshd();
    socket = path.join(peer.folder, 'agent');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    while (!existsSync(socket)) await pause();
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    execFileSync('ssh-add', ['-q', peer.keyFile], { env, stdio: 'ignore' });
    key = execFileSync('ssh-add', ['-l'], { env }).toString();
  });
  afterAll(async () => {
    agent.kill();
    await peer.stop();
  });

  test('that the configuration does not have is left out, and the command says so', async () => {
    await using gated = await startGated(peer, { agent: socket, rules: [commands, lent] });
    const ran = await gated.ssh('-A', 'target', 'echo "agent:$SSH_AUTH_SOCK"').ended;
    expect({ code: ran.code, stdout: ran.stdout.toString() }).toEqual({
      code: 0,
      stdout: 'agent:\n',
    });
    expect(ran.stderr).toBe(
      'hoopx: your SSH agent is not forwarded: it is off for this connection. Reason DENIED_BY_RULE.\n',
    );
  });

  test.each([
    ['no rule lends', [commands], 'UNMATCHED'],
    [
      'a rule denies',
      [commands, lent, { ...lent, name: 'never', then: 'deny', message: 'keys stay at home' }],
      'keys stay at home. Rule "never". Reason DENIED_BY_RULE.',
    ],
    [
      'a rule lends to other commands',
      [
        commands,
        { ...lent, ssh: { kind: ['agent_forwarding'], commands: ['git'] } } satisfies RuleSpec,
      ],
      'UNMATCHED',
    ],
    ['only a rule without kinds allows', [commands, { name: 'all', then: 'allow' }], 'UNMATCHED'],
  ] satisfies [string, RuleSpec[], string][])(
    'that %s is left out, and nothing more',
    async (_, rules, words) => {
      await using gated = await startGated(peer, { agent: socket, rules, target: on });
      const ran = await gated.ssh('-A', 'target', 'echo "agent:$SSH_AUTH_SOCK"').ended;
      expect({ code: ran.code, stdout: ran.stdout.toString() }).toEqual({
        code: 0,
        stdout: 'agent:\n',
      });
      expect(ran.stderr).toContain('hoopx: your SSH agent is not forwarded: ');
      expect(ran.stderr).toContain(words);
      expect(gated.decisions.map(({ refusal }) => refusal === null)).toEqual([false, true]);
    },
  );

  test('of a command that is denied is not even decided', async () => {
    await using gated = await startGated(peer, { agent: socket, rules: [lent], target: on });
    const { code, stderr } = await gated.ssh('-A', 'target', 'true').ended;
    expect(code).toBe(77);
    expect(stderr).not.toContain('agent');
    expect(gated.decisions).toHaveLength(1);
  });

  test('that is held with its command, and refused by a reviewer, starts nothing', async () => {
    const before = peer.started();
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [reviewed, lentOnReview],
      target: on,
    });
    const client = gated.ssh('-A', 'target', 'ssh-add -l');
    await gated.held();
    await gated.deny('not with your keys');
    const { code, stderr } = await client.ended;
    expect(code).toBe(80);
    expect(stderr).toContain('not with your keys');
    expect(peer.started()).toBe(before);
  });

  test('that is held by itself, and refused by a reviewer, starts nothing', async () => {
    const before = peer.started();
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [commands, lentOnReview],
      target: on,
    });
    const client = gated.ssh('-A', 'target', 'ssh-add -l');
    await gated.held();
    await gated.deny('no');
    expect((await client.ended).code).toBe(80);
    expect(peer.started()).toBe(before);
  });

  test('that rules allow lends the keys to the command', async () => {
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [commands, lent],
      target: on,
    });
    const { code, stdout, stderr } = await gated.ssh('-A', 'target', 'ssh-add -l').ended;
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({
      code: 0,
      stdout: key,
      stderr: '',
    });
    expect(gated.decisions.map(({ operation }) => operation.decidable.facts)).toMatchObject([
      { kinds: ['agent_forwarding'], commands: [{ name: 'ssh-add' }] },
      { kinds: ['exec'] },
    ]);
  });

  test.each([
    ['allowed', [reviewed, lent]],
    ['reviewed', [reviewed, lentOnReview]],
  ] satisfies [string, RuleSpec[]][])(
    'that is %s is on the one card of a command that is reviewed',
    async (_, rules) => {
      await using gated = await startGated(peer, { agent: socket, rules, target: on });
      const client = gated.ssh('-A', 'target', 'ssh-add -l');
      const { summary, presentation } = await gated.held();
      expect(summary).toBe('ssh-add -l (lends the SSH agent)');
      expect(presentation.statement).toBe('ssh-add -l');
      expect(presentation.notes[0]).toContain(
        'can log in to other places with the keys of the requester',
      );
      await gated.approve();
      const { code, stdout } = await client.ended;
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: key });
      expect((await gated.approvals.list({}, null, 10)).items).toHaveLength(1);
      await gated.reached('succeeded');
    },
  );

  test('of a command that is allowed is a request of its own, and says for what', async () => {
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [commands, lentOnReview],
      target: on,
    });
    const client = gated.ssh('-A', 'target', 'ssh-add -l');
    const { summary, presentation } = await gated.held();
    expect(summary).toBe('lend the SSH agent to: ssh-add -l');
    expect(presentation.statement).toBe('ssh-add -l');
    await gated.approve();
    expect((await client.ended).stdout.toString()).toBe(key);
    await gated.reached('succeeded');
  });

  test('is cancelled with its client, and nothing runs', async () => {
    const before = peer.started();
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [commands, lentOnReview],
      target: on,
    });
    const client = gated.ssh('-A', 'target', 'ssh-add -l');
    await client.said('held for approval');
    client.child.kill('SIGKILL');
    await gated.reached('cancelled');
    expect(peer.started()).toBe(before);
  });

  test('is lent to a shell, whose card says so', async () => {
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [reviewed, lent],
      target: on,
    });
    const client = gated.ssh('-tt', '-A', 'target');
    expect((await gated.held()).summary).toBe('open a shell (lends the SSH agent)');
    await gated.approve();
    client.child.stdin?.write('ssh-add -l; exit\r');
    expect((await client.ended).stdout.toString()).toContain(key.trim());
  });

  test('through which the key is used to sign, to log in elsewhere', async () => {
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [
        { ...commands, ssh: { kind: ['exec'], class: ['plain', 'opaque'] } },
        {
          ...lent,
          ssh: { kind: ['agent_forwarding'], class: ['plain', 'opaque'] },
        },
      ],
      target: on,
    });
    const onwards = `ssh -F none -p ${peer.port} -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null 127.0.0.1 echo onwards`;
    const { stdout } = await gated.ssh('-A', 'target', onwards).ended;
    expect(stdout.toString()).toBe('onwards\n');
  });

  test('of several in one connection reaches each that has it', async () => {
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [commands, lent],
      target: on,
    });
    const master = await startMaster(gated, '-A');
    for (const _ of [1, 2]) {
      const { stdout, stderr } = await gated.ssh(
        ...[...master.options, '-A', 'target', 'ssh-add -l'],
      ).ended;
      expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: key, stderr: '' });
    }
    await master.end();
  });

  test('is of no use to a later command of the connection that does not have it', async () => {
    await using gated = await startGated(peer, {
      agent: socket,
      rules: [commands, lent],
      target: on,
    });
    const master = await startMaster(gated, '-A');
    const first = [...master.options, '-A', 'target', 'ssh-add -l'];
    expect((await gated.ssh(...first).ended).stdout.toString()).toBe(key);
    const { code, stdout } = await gated.ssh(...[...master.options, '-a', 'target', 'ssh-add -l'])
      .ended;
    expect(stdout.toString()).toBe('');
    expect(code).not.toBe(0);
    await master.end();
  });
});

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'agent forwarding to a server without it', () => {
  test('is told, and the command runs without', async () => {
    const peer = await startSshd({ config: ['AllowAgentForwarding no'] });
    const socket = path.join(peer.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    while (!existsSync(socket)) await pause();
    try {
      await using gated = await startGated(peer, {
        agent: socket,
        rules: [commands, lentOnReview],
        target: on,
      });
      const client = gated.ssh('-A', 'target', 'echo "agent:$SSH_AUTH_SOCK"');
      await gated.approve();
      const { code, stdout, stderr } = await client.ended;
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'agent:\n' });
      expect(stderr).toContain('your SSH agent is not forwarded: the server does not take it');
      expect((await gated.reached('failed')).outcome?.message).toBe('the server does not take it');
    } finally {
      agent.kill();
      await peer.stop();
    }
  });
});
