import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiException, CoreV1Api, Exec, KubeConfig, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterPeers, type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { connectionTo, type DirectGateway, directGateway } from './direct-gateway.ts';

describeWith(clusterPeers, 'another client library at the gateway itself', () => {
  let cluster: KubeCluster;
  let direct: DirectGateway;
  beforeAll(async () => {
    cluster = await startCluster();
    const binding = ['create', 'clusterrolebinding', 'engineers'];
    await cluster.run([...binding, '--clusterrole=cluster-admin', '--group=engineering']);
    await cluster.run(['run', 'web', '--image=x', '--', 'sleep', '300']);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
    direct = await directGateway(connectionTo(cluster));
  }, 120_000);
  afterAll(async () => {
    await direct?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  async function configOf(account: string): Promise<KubeConfig> {
    const config = new KubeConfig();
    config.loadFromFile(await direct.kubeconfig(await direct.gateway.token(account)));
    return config;
  }

  test('is refused in a Status, as the API itself would', async () => {
    const api = (await configOf('engineer')).makeApiClient(CoreV1Api);
    const asked = api.listNamespacedSecret({ namespace: 'default' });
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    if (!(error instanceof ApiException)) throw error;
    expect(error.code).toBe(403);
    expect(String(error.body)).toContain('"reason":"UNMATCHED"');
  });

  test('lists, and watches what comes', async () => {
    const config = await configOf('engineer');
    const api = config.makeApiClient(CoreV1Api);
    const { items } = await api.listNamespacedPod({ namespace: 'default' });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['web']);
    const seen: string[] = [];
    const path = '/api/v1/namespaces/default/configmaps';
    const watch = await new Watch(config).watch(
      path,
      {},
      (phase, object: { metadata: { name: string } }) => {
        seen.push(`${phase} ${object.metadata.name}`);
      },
      () => {},
    );
    await cluster.run(['create', 'configmap', 'fresh']);
    await expect.poll(() => seen).toContain('ADDED fresh');
    watch.abort();
  });

  test('waits with what is held, and gets its answer', async () => {
    const api = (await configOf('engineer')).makeApiClient(CoreV1Api);
    const asked = api.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'made' }, data: { sky: 'blue' } },
    });
    const { id, digest, summary } = await direct.held();
    expect(summary).toBe('create configmaps made -n default');
    expect((await cluster.kubectl(['get', 'configmap', 'made'])).exitCode).toBe(1);
    await direct.gateway.client('reviewer').decide(id, { kind: 'approve', digest });
    expect((await asked).data).toEqual({ sky: 'blue' });
  });

  test('runs programs in pods', async () => {
    const exec = new Exec(await configOf('engineer'));
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    let told = '';
    stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const line = 'read name; echo "hello $name"; exit 3';
    const ended = new Promise((resolve, reject) => {
      exec
        .exec('default', 'web', 'web', ['sh', '-c', line], stdout, null, stdin, false, resolve)
        .catch(reject);
    });
    stdin.write('you\n');
    expect(await ended).toMatchObject({
      status: 'Failure',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
    await delay(50);
    expect(told).toBe('hello you\n');
  });
});
