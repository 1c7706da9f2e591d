import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/core/refusal.ts';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { gateCluster } from './gated-cluster.ts';

const reads: RuleSpec = {
  name: 'reads',
  kubernetes: { class: ['discovery', 'read'] },
  then: 'allow',
};
const execPasses: readonly RuleSpec[] = [
  reads,
  { name: 'exec passes', kubernetes: { risk: ['exec', 'attach'] }, then: 'allow' },
];
const execHeld: readonly RuleSpec[] = [
  reads,
  { name: 'exec is held', kubernetes: { risk: ['exec'] }, then: 'review', chain: 'dba' },
];

const transports = [
  { name: 'WebSocket', websockets: 'true', seen: 'websocket v5.channel.k8s.io' },
  { name: 'SPDY', websockets: 'false', seen: 'SPDY/3.1' },
];

describeWith(
  ['kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'],
  'programs that kubectl runs in pods through the gate',
  () => {
    let cluster: KubeCluster;
    beforeAll(async () => {
      cluster = await startCluster();
      await cluster.run(['run', 'web', '--image=x', '--', 'sleep', '300']);
      await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
    }, 120_000);
    afterAll(() => cluster?.stop());

    const streams = async () =>
      (await cluster.nodeLog()).split('\n').filter((line) => line.startsWith('stream ')).length;

    describe.each(transports)('over $name', ({ websockets, seen }) => {
      const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets };

      test('a denial is told in the words of the rule, and nothing reaches the node', async () => {
        const before = await streams();
        await using gate = await gateCluster(cluster, {
          rules: [
            reads,
            {
              name: 'no exec',
              kubernetes: { risk: ['exec'] },
              then: 'deny',
              message: 'Nobody runs programs in pods here.',
            },
          ],
        });
        const ran = await gate.kubectl(['exec', 'web', '--', 'id'], '', env);
        expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
        expect(ran.stderr).toContain('Nobody runs programs in pods here.');
        expect(await streams()).toBe(before);
      });

      test('waits for its approval with nothing sent, then runs, and only once', async () => {
        const before = await streams();
        await using gate = await gateCluster(cluster, { rules: execHeld });
        const line = 'tr a-z A-Z; echo more >&2; exit 7';
        const running = gate.start(['exec', '-i', 'web', '--', 'sh', '-c', line], env);
        running.stdin.end('text');
        const held = await gate.gated.held();
        expect(held.presentation.statement).toContain(line);
        expect(held.presentation.inputNotReviewed).not.toBeNull();
        expect(await streams()).toBe(before);
        await gate.gated.approve(held);
        const { exitCode, stdout, stderr } = await running.ended;
        expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: 'TEXT' });
        expect(stderr).toMatch(/^more\n/);
        expect((await cluster.nodeLog()).split('\n').at(-2)).toBe(
          `stream exec default/web ${seen}`,
        );
        expect(await streams()).toBe(before + 1);
        await gate.gated.reached('succeeded');
        expect((await gate.gated.approvals.list({}, null, 10)).items).toHaveLength(1);
      });

      test('a reviewer who says no is heard once, and is not asked again', async () => {
        const before = await streams();
        await using gate = await gateCluster(cluster, { rules: execHeld });
        const running = gate.start(['exec', 'web', '--', 'id'], env);
        await gate.gated.deny('use the dashboard');
        const { exitCode, stderr } = await running.ended;
        expect(exitCode).toBe(1);
        expect(stderr).toContain('use the dashboard');
        expect((await gate.gated.approvals.list({}, null, 10)).items).toHaveLength(1);
        expect(await streams()).toBe(before);
      });

      test('Ctrl-C while it waits cancels the request', async () => {
        const before = await streams();
        await using gate = await gateCluster(cluster, { rules: execHeld });
        const running = gate.start(['exec', 'web', '--', 'id'], env);
        await gate.gated.held();
        running.kill('SIGINT');
        await running.ended;
        await gate.gated.reached('cancelled');
        expect(await streams()).toBe(before);
      });

      test('ends with its session, within a second and with an unknown outcome', async () => {
        await using gate = await gateCluster(cluster, { rules: execHeld });
        const running = gate.start(['exec', 'web', '--', 'sh', '-c', 'echo on; sleep 60'], env);
        await gate.gated.approve();
        await expect.poll(() => running.stdout().toString()).toBe('on\n');
        gate.gated.ending.abort(
          new RefusedError({ code: 'SESSION_KILLED', message: 'ended by an operator' }),
        );
        const { exitCode, stderr } = await running.ended;
        expect(exitCode).toBe(1);
        expect(stderr).toContain('hoopx: ended by an operator');
        await gate.gated.reached('unknown');
      });

      test('is told so also in the middle of what the program prints', async () => {
        await using gate = await gateCluster(cluster, { rules: execPasses });
        const running = gate.start(['exec', 'web', '--', 'yes', 'a line of some length'], env);
        await expect.poll(() => running.stdout().length).toBeGreaterThan(1_000_000);
        gate.gated.ending.abort(
          new RefusedError({ code: 'SESSION_KILLED', message: 'ended by an operator' }),
        );
        const { exitCode, stdout, stderr } = await running.ended;
        expect(exitCode).toBe(1);
        expect(stderr).toContain('hoopx: ended by an operator');
        expect(new Set(stdout.split('\n').slice(0, -1))).toEqual(
          new Set(['a line of some length']),
        );
      });

      test('megabytes go in and come out as they were, and the end of input is heard', async () => {
        await using gate = await gateCluster(cluster, { rules: execPasses });
        const running = gate.start(['exec', '-i', 'web', '--', 'cat'], env);
        const bytes = Buffer.alloc(8_000_000);
        for (let index = 0; index < bytes.length; index += 1)
          bytes[index] = (index * 7 + (index >> 9)) % 256;
        running.stdin.end(bytes);
        const { exitCode, stderr } = await running.ended;
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        expect(running.stdout().equals(bytes)).toBe(true);
      });
    });
  },
);
