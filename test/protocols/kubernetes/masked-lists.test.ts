import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { maskingOf, ruleWith } from '../../masking/questions.ts';
import { type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { type GatedCluster, gateCluster } from './gated-cluster.ts';

const reads: readonly RuleSpec[] = [
  { name: 'reads pass', kubernetes: { class: ['discovery', 'read'] }, then: 'allow' },
  { name: 'secrets pass', kubernetes: { risk: ['secret'] }, then: 'allow' },
];
const masking = maskingOf([ruleWith({ detectors: ['email'] })], { protocol: 'kubernetes' });
const mebibyte = 2 ** 20;
/** Of an object; etcd takes 1.5 MiB of one. */
const dataBytes = 900 * 1024;
const count = 20;
const namespace = 'long';

/** Of lists that are longer than the gateway would hold: 24 MiB of Secrets, 18 of ConfigMaps. */
describeWith(['kube-apiserver', 'etcd', 'kubectl'], 'a long list', () => {
  let cluster: KubeCluster;
  let gate: GatedCluster;
  const values = Array.from({ length: count }, () => randomBytes(dataBytes));

  const objects = (kind: string, data: (value: Buffer) => string) =>
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'List' },
      items: values.map((value, index) => ({
        ...{ apiVersion: 'v1', kind, metadata: { name: `long-${index}`, namespace } },
        data: { value: data(value) },
      })),
    });
  const raw = (resource: string) => ['get', '--raw', `/api/v1/namespaces/${namespace}/${resource}`];

  beforeAll(async () => {
    if (masking === null) throw new Error('nothing is masked');
    cluster = await startCluster({ node: false });
    gate = await gateCluster(cluster, { rules: reads, masking });
    await cluster.run(['create', 'namespace', namespace]);
    const secrets = objects('Secret', (value) => value.toString('base64'));
    const maps = objects(
      'ConfigMap',
      (value) => `ann@example.com ${value.toString('hex').slice(0, dataBytes)}`,
    );
    await cluster.run(['create', '-f', '-'], { input: secrets });
    await cluster.run(['create', '-f', '-'], { input: maps });
  }, 240_000);
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  test('of Secrets shows nothing of what they hold', async () => {
    const direct = await cluster.run(raw('secrets'));
    expect(direct.length).toBeGreaterThan(16 * mebibyte);
    const { stdout, stderr, exitCode } = await gate.kubectl(raw('secrets'));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const wanted = values.reduce(
      (text, value) => text.replace(value.toString('base64'), 'W21hc2tlZF0='),
      direct,
    );
    expect(stdout === wanted).toBe(true);
    const table = await gate.kubectl(['get', 'secrets', '-n', namespace]);
    expect(table.stdout.split('\n').filter((line) => line.startsWith('long-'))).toHaveLength(count);
  }, 120_000);

  test('of ConfigMaps shows what they hold, but for what is found in it', async () => {
    const direct = await cluster.run(raw('configmaps'));
    expect(direct.length).toBeGreaterThan(16 * mebibyte);
    const { stdout, stderr, exitCode } = await gate.kubectl(raw('configmaps'));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout === direct.replaceAll('ann@example.com', '[masked]')).toBe(true);
    expect(stdout).not.toContain('W21hc2tlZF0=');
  }, 120_000);
});
