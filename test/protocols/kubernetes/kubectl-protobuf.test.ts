import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { gateCluster } from './gated-cluster.ts';

const reads: RuleSpec = {
  name: 'reads',
  kubernetes: { class: ['discovery', 'read', 'dry_run'] },
  then: 'allow',
};
const cordons: RuleSpec = {
  name: 'nodes are cordoned by anybody',
  kubernetes: { resource: ['nodes'], class: ['write'] },
  then: 'allow',
};
const held: RuleSpec = {
  name: 'the rest is held',
  kubernetes: { risk: ['eviction', 'token'] },
  then: 'review',
  chain: 'dba',
};
const pods: RuleSpec = {
  name: 'pods are held',
  kubernetes: { resource: ['pods'], class: ['write'] },
  then: 'review',
  chain: 'dba',
};

const drain = ['drain', 'node-1', '--force', '--grace-period=1'];

describeWith(
  ['kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'],
  'what kubectl says in protobuf',
  () => {
    let cluster: KubeCluster;
    const run = async (name: string) => {
      await cluster.run(['run', name, '--image=x', '--', 'sleep', '300']);
      await cluster.run(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s']);
    };
    beforeAll(async () => {
      cluster = await startCluster();
      await run('lone');
    }, 120_000);
    afterAll(() => cluster?.stop());

    test('an eviction that a rule denies leaves the pod where it is', async () => {
      const denied: RuleSpec = {
        name: 'no evictions',
        kubernetes: { risk: ['eviction'] },
        then: 'deny',
        message: 'Nobody drains on a Friday.',
      };
      await using gate = await gateCluster(cluster, { rules: [reads, cordons, denied] });
      const ran = await gate.kubectl([...drain, '--pod-selector=run=lone', '--timeout=10s']);
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain('Nobody drains on a Friday.');
      await cluster.run(['get', 'pod', 'lone']);
    });

    test('a token is made when somebody accepts it', async () => {
      await using gate = await gateCluster(cluster, { rules: [reads, held] });
      await cluster.run(['create', 'serviceaccount', 'robot']);
      const asked = gate.kubectl(['create', 'token', 'robot', '--duration=10m']);
      const request = await gate.gated.held();
      expect(request.presentation.statement).toContain('expirationSeconds: 600');
      await gate.gated.approve(request);
      expect((await asked).stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n?$/);
    });

    test('debug --copy-to shows the pod that it would make', async () => {
      await using gate = await gateCluster(cluster, { rules: [reads, pods] });
      const asked = gate.kubectl([
        'debug',
        'lone',
        '--copy-to=copied',
        '--image=y',
        '--profile=general',
        '--',
        'true',
      ]);
      const request = await gate.gated.held();
      expect(request.presentation.statement).toMatch(/name: copied[\s\S]*image: y/);
      expect((await cluster.kubectl(['get', 'pod', 'copied'])).exitCode).toBe(1);
      await gate.gated.approve(request);
      expect((await asked).exitCode).toBe(0);
      await cluster.run(['get', 'pod', 'copied']);
    });

    test('drain evicts what somebody accepts', async () => {
      await using gate = await gateCluster(cluster, { rules: [reads, cordons, held] });
      const asked = gate.kubectl([...drain, '--pod-selector=run=lone', '--timeout=30s']);
      const request = await gate.gated.held();
      expect(request.summary).toContain('pods/eviction lone');
      await gate.gated.approve(request);
      const { exitCode, stdout } = await asked;
      expect(stdout).toContain('node/node-1 drained');
      expect(exitCode).toBe(0);
      expect((await cluster.kubectl(['get', 'pod', 'lone'])).exitCode).toBe(1);
    });
  },
);
