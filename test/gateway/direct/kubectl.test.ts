import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../peers/free-port.ts';
import { clusterPeers, type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { kubectlEnv, runKubectl, startKubectl } from '../../peers/kubernetes/kubectl.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { listening } from '../../protocols/http/gated.ts';
import { connectionTo, type DirectGateway, directGateway } from './direct-gateway.ts';

describeWith(clusterPeers, 'kubectl at the gateway itself, without a tunnel', () => {
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

  test('a token that is none is refused, and says so', async () => {
    const env = kubectlEnv(await direct.kubeconfig('not.a.token'), cluster.folder);
    const { exitCode, stderr } = await runKubectl(env, ['get', 'pods']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('You must be logged in to the server');
  });

  test('a refusal is told in the words of the rules', async () => {
    const { exitCode, stderr } = await direct.kubectl('engineer', ['get', 'secrets']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Error from server (Forbidden): hoopx:');
  });

  test('reads pass; a deletion waits, and runs once it is approved', async () => {
    await cluster.run(['create', 'deployment', 'old', '--image=nginx']);
    const got = await direct.kubectl('engineer', ['get', 'deployments', '-o', 'name']);
    expect(got).toMatchObject({ exitCode: 0, stdout: 'deployment.apps/old\n', stderr: '' });
    const asked = direct.kubectl('engineer', ['delete', 'deployment', 'old']);
    const { id, digest, summary, mode } = await direct.held();
    expect([summary, mode]).toEqual(['delete deployments.apps old -n default', 'live']);
    await cluster.run(['get', 'deployment', 'old']);
    await direct.gateway.client('reviewer').decide(id, { kind: 'approve', digest });
    const { exitCode, stdout, stderr } = await asked;
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'deployment.apps "old" deleted\n',
    });
    expect(stderr).toContain('Warning: hoopx: approved by reviewer@demo.invalid');
  });

  test('Ctrl-C while it waits cancels it, and it never runs', async () => {
    await cluster.run(['create', 'deployment', 'stays', '--image=nginx']);
    const running = await direct.start('engineer', ['delete', 'deployment', 'stays']);
    const { id } = await direct.held();
    running.kill('SIGINT');
    await running.ended;
    const state = async () => (await direct.gateway.client('reviewer').request(id)).state;
    await expect.poll(state).toBe('cancelled');
    await cluster.run(['get', 'deployment', 'stays']);
  });

  describe.each(['true', 'false'])('with KUBECTL_…_WEBSOCKETS=%s', (value) => {
    const env = {
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: value,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: value,
    };

    test('exec carries both ways, the end of input and the exit code', async () => {
      const line = 'tr a-z A-Z; echo more >&2; exit 7';
      const args = ['exec', '-i', 'web', '--', 'sh', '-c', line];
      const running = await direct.start('engineer', args, env);
      running.stdin.end('text');
      const { exitCode, stdout, stderr } = await running.ended;
      expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: 'TEXT' });
      expect(stderr).toMatch(/^more\n/);
    });

    test('port-forward', async () => {
      const big = randomBytes(500_000);
      const server = createServer((_request, response) => void response.end(big));
      const port = await listening(server);
      const local = await freePort();
      const args = ['port-forward', 'pod/web', `${local}:${port}`];
      const running = await direct.start('engineer', args, env);
      await expect.poll(() => running.stdout().toString()).toContain('Forwarding from');
      const answer = await fetch(`http://127.0.0.1:${local}/`);
      const got = Buffer.from(await answer.arrayBuffer());
      const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
      expect(digest(got)).toBe(digest(big));
      running.kill('SIGINT');
      await running.ended;
      server.closeAllConnections();
      server.close();
    });
  });

  test('a watch ends when its person logs out, and is not taken up again', async () => {
    const token = await direct.gateway.provider.tokenFor('engineer');
    const env = kubectlEnv(await direct.kubeconfig(token), cluster.folder);
    const running = startKubectl(env, ['get', 'pods', '-w', '-o', 'name']);
    await expect.poll(() => running.stdout().toString()).toBe('pod/web\n');
    const sessions = direct.gateway.client('engineer');
    expect((await sessions.listSessions()).items).not.toEqual([]);
    await direct.as(token).logout();
    await running.ended;
    expect((await sessions.listSessions()).items).toEqual([]);
    const { stderr } = await runKubectl(env, ['get', 'pods']);
    expect(stderr).toContain('You must be logged in to the server');
  });

  test('a session that is killed takes its watch with it', async () => {
    const running = await direct.start('engineer', ['get', 'pods', '-w', '-o', 'name']);
    await expect.poll(() => running.stdout().toString()).toBe('pod/web\n');
    const client = direct.gateway.client('engineer');
    const [session] = (await client.listSessions()).items;
    expect(session).toMatchObject({ connection: 'k8s-prod' });
    expect(session?.client).toMatch(/^kubectl/);
    await client.killSession(session?.id ?? '');
    await running.ended;
  });
});

describeWith(clusterPeers, 'kubectl at a gateway whose tokens are short', () => {
  test('a watch and a remote command end with the token that they began with', async () => {
    await using cluster = await startCluster();
    const binding = ['create', 'clusterrolebinding', 'engineers'];
    await cluster.run([...binding, '--clusterrole=cluster-admin', '--group=engineering']);
    await cluster.run(['run', 'web', '--image=x', '--', 'sleep', '300']);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
    await using direct = await directGateway(connectionTo(cluster), { tokenSeconds: 20 });
    const begun = Date.now();
    const watch = await direct.start('engineer', ['get', 'pods', '-w', '-o', 'name']);
    const line = 'echo on; exec sleep 60';
    const remote = await direct.start('engineer', ['exec', 'web', '--', 'sh', '-c', line]);
    await expect.poll(() => watch.stdout().toString()).toBe('pod/web\n');
    await expect.poll(() => remote.stdout().toString()).toBe('on\n');
    await watch.ended;
    const { exitCode, stderr } = await remote.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the token with which this was begun has expired');
    expect(Date.now() - begun).toBeLessThan(30_000);
    await delay(500);
    const again = await direct.kubectl('engineer', ['get', 'pods']);
    expect(again.stderr).toContain('You must be logged in to the server');
  }, 120_000);
});
