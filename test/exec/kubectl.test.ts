import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlWords } from '../../src/exec/kubectl-words.ts';
import { type KubeCluster, startCluster } from '../peers/kubernetes/cluster.ts';
import { describeWith } from '../peers/require-peer.ts';
import { type KubectlBench, startKubectlBench } from './kubectl-bench.ts';

test.each([
  [['get', 'pods', '--server=https://elsewhere']],
  [['-s', 'https://elsewhere', 'get', 'pods']],
  [['--kubeconfig', 'mine', 'get', 'pods']],
  [['get', 'pods', '--token', 'x', '--', '-s']],
  [[]],
  [['kubectl']],
])('%j leads past the gate, or nowhere: a usage error', (words) => {
  expect(() => kubectlWords(words)).toThrow();
});

test('what stands behind a second -- is for the program in the pod', () => {
  const words = ['exec', 'web', '--', 'sh', '-s'];
  expect(kubectlWords(['kubectl', ...words])).toEqual(words);
});

describeWith(['kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'], 'exec runs kubectl', () => {
  let cluster: KubeCluster;
  let bench: KubectlBench;
  beforeAll(async () => {
    cluster = await startCluster();
    bench = await startKubectlBench(cluster);
  }, 120_000);
  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });
  const exists = async (name: string) =>
    (await cluster.kubectl(['get', 'configmap', name])).exitCode === 0;

  test('denied by policy: 77', async () => {
    const words = ['create', 'quota', 'none', '--hard=pods=0'];
    const { code, stdout } = await bench.exec(words, { json: true });
    expect(code).toBe(77);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ status: 'denied', source: 'hoopx', policy: { rules: ['no quotas'] } },
      action: { protocol: 'kubernetes', summary: 'create resourcequotas none -n default' },
    });
    const told = await bench.exec(words);
    expect(told.code).toBe(77);
    expect(`${told.stderr}${told.talk}`).toContain('quotas are not for scripts');
  });

  test('denied by a reviewer: 80', async () => {
    const ran = bench.exec(['create', 'configmap', 'no', '--from-literal=a=1']);
    await bench.decide(await bench.held(), 'deny', 'not today');
    const { code, stderr, talk } = await ran;
    expect(code).toBe(80);
    expect(`${stderr}${talk}`).toContain('not today');
    expect(await exists('no')).toBe(false);
  });

  test('reads pass; what the cluster itself refuses is its own error: 1', async () => {
    const got = await bench.exec(['get', 'namespaces', '-o', 'name']);
    expect(got).toMatchObject({ code: 0, stderr: '', talk: '' });
    expect(got.stdout).toContain('namespace/default\n');
    const missing = await bench.exec(['get', 'pod', 'missing']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('pods "missing" not found');
  });

  test('held: 75 and left to be decided; approved, the same command runs it, once', async () => {
    const words = ['create', 'configmap', 'later', '--from-literal=a=1'];
    const first = await bench.exec(words, { json: true, 'no-wait': true });
    expect(first.code).toBe(75);
    const { requestId, next } = JSON.parse(first.stdout);
    expect(next).toBe(`hoopx requests wait ${requestId}`);
    const request = await bench.held();
    expect(request.id).toBe(requestId);
    await bench.decide(request, 'approve');
    expect(await exists('later')).toBe(false);
    const second = await bench.exec(words, { json: true });
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({
      ...{ status: 'succeeded', source: 'child', requestId },
      result: { stdout: 'configmap/later created\n' },
      child: { exitCode: 0 },
    });
    expect(await exists('later')).toBe(true);
    await cluster.run(['delete', 'configmap', 'later']);
    expect((await bench.exec(words, { 'no-wait': true })).code).toBe(75);
    await bench.decide(await bench.held(), 'deny', 'once is enough');
  });

  test('interrupted while it is held: 124 by --timeout, and the request is cancelled', async () => {
    const words = ['create', 'configmap', 'slow', '--from-literal=a=1'];
    const ran = bench.exec(words, { wait: 60_000, timeout: 2_000 });
    const { id } = await bench.held();
    expect((await ran).code).toBe(124);
    expect((await bench.gateway.client('reviewer').request(id)).state).toBe('cancelled');
    expect(await exists('slow')).toBe(false);
  });

  test('two writes of one run are two requests', async () => {
    await cluster.run(['create', 'configmap', 'one']);
    await cluster.run(['create', 'configmap', 'two']);
    const ran = bench.exec(['delete', 'configmap', 'one', 'two'], { wait: 60_000 });
    const first = await bench.held();
    expect(first.summary).toContain('delete configmaps one');
    await bench.decide(first, 'approve');
    await expect.poll(async () => (await bench.held()).summary).toContain('two');
    await bench.decide(await bench.held(), 'deny', 'keep it');
    expect((await ran).code).toBe(80);
    expect([await exists('one'), await exists('two')]).toEqual([false, true]);
  });
});
