import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectPublishedForm } from '../recording/published-schema.ts';
import { type KubeCluster, startCluster } from './kubernetes/cluster.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

const peers = ['postgres', 'kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'] as const;

describeWith([...peers], 'recordings of Kubernetes', () => {
  let cluster: KubeCluster;
  let system: RunningSystem;
  beforeAll(async () => {
    cluster = await startCluster();
    system = await startSystem({
      connections: [
        `k8s: { type: kubernetes, kubeconfig: "file:${cluster.kubeconfig}", access: { groups: [engineering] } }`,
      ],
      rules: [
        '{ name: kube reads pass, kubernetes: { class: [discovery, read] }, then: allow }',
        '{ name: exec passes, kubernetes: { risk: [exec] }, then: allow }',
      ],
    });
    await cluster.run(['run', 'web', '--image=any', '--', 'sh', '-c', 'sleep 600']);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
  }, 180_000);
  afterAll(async () => {
    await system?.gateway.stop();
    await system?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  /** All that was recorded of sessions in which that was said. */
  async function saying(text: string) {
    const { items } = await system.client('engineer').listRecordings({ text });
    const all = items.map(async ({ id }) => {
      const folder = path.join(system.folder, 'recordings', id);
      const file = await readFile(path.join(folder, 'session.ndjson'), 'utf8');
      await expectPublishedForm(file);
      return file
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    });
    return (await Promise.all(all)).flat();
  }

  test('what is refused leaves its verdict, and no exchange', async () => {
    const args = ['connect', 'k8s', '--', 'kubectl', 'delete', 'pod', 'web', '--wait=false'];
    expect((await system.run('engineer', ...args)).code).toBe(1);
    const events = await saying('delete pods web');
    expect(events.find(({ verdict }) => verdict === 'deny')).toMatchObject({ ran: false });
    expect(events.some(({ method }) => method === 'DELETE')).toBe(false);
  });

  test.each([
    ['WebSocket', 'true'],
    ['SPDY', 'false'],
  ])(
    'kubectl exec over %s: output, exit, and the digest of its input',
    async (name, webSockets) => {
      const script = `tr a-z A-Z; echo ${name}-end; exit 7`;
      const words = ['kubectl', 'exec', '-i', 'web', '--', 'sh', '-c', script];
      const ran = await (
        await system.start('engineer', ['connect', 'k8s', '--', ...words], {
          ...{ input: 'over here\n', env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets } },
        })
      ).ended;
      expect([ran.code, ran.stdout], ran.stderr).toEqual([7, `OVER HERE\n${name}-end\n`]);
      await expect.poll(async () => (await saying(`${name}-end`)).at(-1)?.type).toBe('ended');
      const events = await saying(`${name}-end`);
      const output = events.filter(({ type }) => type === 'output');
      expect(output.map(({ text }) => text).join('')).toBe(ran.stdout);
      const end = events.find(({ type }) => type === 'channel_end');
      expect(end).toMatchObject({ exit: 7, stdin: { bytes: 10 } });
      expect(events.find(({ status }) => status === 101)).toMatchObject({ type: 'exchange' });
    },
  );
});
