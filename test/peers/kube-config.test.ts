import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterPeers, type KubeCluster, startCluster } from './kubernetes/cluster.ts';
import { type KubectlResult, runKubectl } from './kubernetes/kubectl.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

describeWith(
  ['postgres', ...clusterPeers],
  'plain kubectl with the file of hoopx kube config',
  () => {
    let cluster: KubeCluster;
    let system: RunningSystem;
    let file: string;
    beforeAll(async () => {
      cluster = await startCluster();
      const connection = `type: kubernetes, kubeconfig: "file:${cluster.kubeconfig}"`;
      system = await startSystem({
        connections: [
          `k8s-prod: { ${connection}, access: { groups: [engineering] } }`,
          `k8s-closed: { ${connection}, access: { groups: [nobody] } }`,
        ],
        rules: [
          '{ name: kube reads pass, kubernetes: { class: [discovery, read] }, then: allow }',
          '{ name: kube writes are held, kubernetes: { class: [write] }, then: review, chain: dba }',
        ],
      });
      file = path.join(system.folder, 'kubeconfig');
      const { code, stdout, stderr } = await system.run('engineer', 'kube', 'config');
      expect({ code, stderr }).toEqual({ code: 0, stderr: 'Contexts: hoopx-k8s-prod\n' });
      await writeFile(file, stdout);
    }, 180_000);
    afterAll(async () => {
      await system?.[Symbol.asyncDispose]();
      await cluster?.stop();
    });

    async function kubectl(
      args: readonly string[],
      environment: Readonly<Record<string, string>> = {},
    ): Promise<KubectlResult> {
      const own = await system.environment('engineer');
      const cache = path.join(system.folder, 'cache');
      await mkdir(cache, { recursive: true });
      const env = { ...own, KUBECONFIG: file, KUBECACHEDIR: cache, ...environment };
      return runKubectl(env, ['--context', 'hoopx-k8s-prod', ...args]);
    }

    test('without a login kubectl asks nothing, and says what to run', async () => {
      const { exitCode, stdout, stderr } = await kubectl(['get', 'pods'], { HOOPX_TOKEN: '' });
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain(`you are not logged in to ${system.url} (profile default)`);
      expect(stderr).toContain(`Run: hoopx login --gateway ${system.url}`);
      expect(stderr).toContain('failed with exit code 4');
    });

    test('hoopx kube credential prints a token or nothing, and never waits for anything', async () => {
      const none = await system.start('engineer', ['kube', 'credential'], {
        env: { HOOPX_TOKEN: '' },
      });
      const { code, stdout, stderr } = await none.ended;
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toContain('Run: hoopx login');
      const { stdout: printed } = await system.run('engineer', 'kube', 'credential');
      const { HOOPX_TOKEN: token } = await system.environment('engineer');
      const credential = JSON.parse(printed);
      expect(credential).toMatchObject({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token },
      });
      expect(Date.parse(credential.status.expirationTimestamp)).toBeGreaterThan(Date.now());
    });

    test('reads pass; what is held waits, and runs once it is approved', async () => {
      await cluster.run(['create', 'deployment', 'old', '--image=nginx']);
      const got = await kubectl(['get', 'deployments', '-o', 'name']);
      expect(got).toEqual({ exitCode: 0, stdout: 'deployment.apps/old\n', stderr: '' });
      const asked = kubectl(['delete', 'deployment', 'old']);
      const { id, summary } = await system.held();
      expect(summary).toBe('delete deployments.apps old -n default');
      await system.approve(id);
      const { exitCode, stdout, stderr } = await asked;
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout: 'deployment.apps "old" deleted\n',
      });
      expect(stderr).toContain('Warning: hoopx: approved by');
      await system.reached(id, 'succeeded');
    });

    test('names what may not be used as if it were not there, and what is no cluster', async () => {
      const closed = await system.run('engineer', 'kube', 'config', 'k8s-closed');
      expect(closed).toMatchObject({ code: 64, stdout: '' });
      const other = await system.run('engineer', 'kube', 'config', 'pg-test');
      expect(other).toMatchObject({ code: 64, stdout: '' });
      expect(other.stderr).toContain('pg-test is of type postgres, not a cluster');
      const { stdout } = await system.run('engineer', 'kube', 'config', 'k8s-prod');
      expect(JSON.parse(stdout)).toMatchObject({ 'current-context': 'hoopx-k8s-prod' });
      expect(stdout).not.toContain((await system.environment('engineer')).HOOPX_TOKEN);
    });
  },
);
