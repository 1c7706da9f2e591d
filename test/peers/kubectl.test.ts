import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KubeSystem, startKubeSystem } from './kube-system.ts';
import { clusterPeers } from './kubernetes/cluster.ts';
import { describeWith } from './require-peer.ts';
import type { RunningSystem } from './running-system.ts';

describeWith(['postgres', ...clusterPeers], 'hoopx connect with kubectl', () => {
  let kube: KubeSystem;
  let system: RunningSystem;
  beforeAll(async () => {
    kube = await startKubeSystem([
      '{ name: kube writes are held, kubernetes: { class: [write] }, then: review, chain: dba }',
    ]);
    system = kube.system;
  }, 180_000);
  afterAll(() => kube?.[Symbol.asyncDispose]());

  const kubectl = (...args: string[]) => ['connect', 'k8s', '--', 'kubectl', ...args];

  test('what no rule lets pass is refused, in words that kubectl prints', async () => {
    const ran = await system.run('engineer', ...kubectl('get', 'secrets'));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('Error from server (Forbidden): hoopx:');
  });

  test('reads pass; a deletion waits, says so, and runs once approved', async () => {
    await kube.cluster.run(['create', 'deployment', 'old', '--image=nginx']);
    const got = await system.run('engineer', ...kubectl('get', 'deployments', '-o', 'name'));
    expect(got).toMatchObject({ code: 0, stdout: 'deployment.apps/old\n', stderr: '' });
    const asked = await system.start('engineer', kubectl('delete', 'deployment', 'old'));
    const held = await system.held();
    await asked.said(`${held.id} is held: delete deployments.apps old -n default`);
    await system.approve(held.id);
    const { code, stdout, stderr } = await asked.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'deployment.apps "old" deleted\n' });
    expect(stderr).toContain('Warning: hoopx: approved by');
    await system.reached(held.id, 'succeeded');
  });

  test('pitfall 35: KUBECONFIG is a file of its own for each run, and goes with it', async () => {
    const show = ['connect', 'k8s', '--', 'sh', '-c', 'echo $KUBECONFIG; stat -c %a $KUBECONFIG'];
    const files = await Promise.all([1, 2].map(() => system.run('engineer', ...show)));
    const places = files.map(({ stdout }) => stdout.split('\n'));
    expect(places[0]?.[0]).not.toBe(places[1]?.[0]);
    expect(places.map(([, mode]) => mode)).toEqual(['600', '600']);
    const left = await system.spawn(
      'ls',
      places.flatMap(([file = '']) => [file]),
    ).ended;
    expect(left.code).toBe(2);
    const open = await system.start('engineer', ['connect', 'k8s']);
    await open.said(/export KUBECONFIG=\S+\/kubeconfig/);
    open.child.kill('SIGINT');
    expect((await open.ended).code).toBe(0);
  });
});
