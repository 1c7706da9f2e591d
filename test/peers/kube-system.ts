import { type KubeCluster, startCluster } from './kubernetes/cluster.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

/** The built program before a real API server, its connection `k8s`. */
export interface KubeSystem extends AsyncDisposable {
  readonly cluster: KubeCluster;
  readonly system: RunningSystem;
}

/** `rules`: besides those that let everybody look. */
export async function startKubeSystem(rules: readonly string[]): Promise<KubeSystem> {
  const cluster = await startCluster();
  const system = await startSystem({
    connections: [
      `k8s: { type: kubernetes, kubeconfig: "file:${cluster.kubeconfig}", access: { groups: [engineering] } }`,
    ],
    rules: [
      '{ name: kube reads pass, kubernetes: { class: [discovery, read] }, then: allow }',
      ...rules,
    ],
  });
  return {
    ...{ cluster, system },
    async [Symbol.asyncDispose]() {
      await system.gateway.stop();
      await system[Symbol.asyncDispose]();
      await cluster.stop();
    },
  };
}

/** A pod `web` that runs, in which commands may be run. */
export async function startKubeExec(): Promise<KubeSystem> {
  const started = await startKubeSystem([
    '{ name: exec passes, kubernetes: { risk: [exec] }, then: allow }',
  ]);
  const { cluster } = started;
  await cluster.run(['run', 'web', '--image=any', '--', 'sh', '-c', 'sleep 600']);
  await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
  return started;
}
