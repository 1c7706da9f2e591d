import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../require-peer.ts';
import { clusterPeers, type KubeCluster, startCluster } from './cluster.ts';
import { kubeconfig } from './credentials.ts';

/** What the other tests take for granted about the cluster that they run against. */
describeWith(clusterPeers, 'the cluster of the tests', () => {
  let cluster: KubeCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.run(['run', 'web', '--image=any', '--', 'sh', '-c', 'echo begun; sleep 600']);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/web']);
  });
  afterAll(() => cluster.stop());

  async function as(user: Readonly<Record<string, string>>, ...args: readonly string[]) {
    const file = path.join(cluster.folder, 'other-kubeconfig');
    await writeFile(file, kubeconfig(cluster.url, cluster.ca, user));
    return cluster.kubectl([...args, '--kubeconfig', file]);
  }

  test('refuses a token that it does not know, and what RBAC does not give', async () => {
    const stranger = await as({ token: 'another' }, 'get', 'pods');
    expect(stranger).toMatchObject({ exitCode: 1, stdout: '' });
    expect(stranger.stderr).toMatch(/Unauthorized|must be logged in/);
    const gateway = await as({ token: cluster.gateway.token }, 'get', 'pods');
    expect(gateway.stderr).toContain('User "hoopx-gateway" cannot list resource "pods"');
    const mapped = await as({ token: cluster.gateway.token }, 'get', 'pods', '--as', 'alice');
    expect(mapped.stderr).toContain('User "alice" cannot list resource "pods"');
  });

  test('knows the gateway by its certificate too', async () => {
    const { cert, key } = cluster.certificate;
    const encoded = (pem: string) => Buffer.from(pem).toString('base64');
    const user = { 'client-certificate-data': encoded(cert), 'client-key-data': encoded(key) };
    const { stderr } = await as(user, 'get', 'pods');
    expect(stderr).toContain('User "hoopx-gateway" cannot list resource "pods"');
  });

  test('gives an impersonated group what is bound to it', async () => {
    await cluster.run(['create', 'role', 'see', '--verb=list', '--resource=pods']);
    await cluster.run(['create', 'rolebinding', 'see', '--role=see', '--group=readers']);
    const options = ['--as', 'bob', '--as-group', 'readers'];
    const seen = await as(
      { token: cluster.gateway.token },
      'get',
      'pods',
      '-o',
      'name',
      ...options,
    );
    expect(seen).toMatchObject({ stdout: 'pod/web\n', stderr: '' });
  });

  test.each([
    ['true', 'websocket v5.channel.k8s.io'],
    ['false', 'SPDY/3.1'],
  ])('runs a program in a pod: KUBECTL_REMOTE_COMMAND_WEBSOCKETS=%s', async (value, transport) => {
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: value };
    const args = ['exec', '-i', 'web', '--', 'sh', '-c', 'tr a-z A-Z; echo more >&2; exit 7'];
    const ran = await cluster.kubectl(args, { env, input: 'text' });
    expect(ran).toMatchObject({ exitCode: 7, stdout: 'TEXT' });
    expect(ran.stderr).toMatch(/^more\n/);
    expect(await cluster.nodeLog()).toContain(`stream exec default/web ${transport}\n`);
  });

  test('answers on the same port with the same objects after a crash', async () => {
    await cluster.endServer('SIGKILL');
    expect((await cluster.kubectl(['get', 'pods'])).exitCode).toBe(1);
    await cluster.startServer();
    expect(await cluster.run(['logs', 'web'])).toBe('begun\n');
  });
});
