import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { freePort } from '../../peers/free-port.ts';
import { type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { listening } from '../http/gated.ts';
import { type GatedCluster, gateCluster } from './gated-cluster.ts';

const open: readonly RuleSpec[] = [
  {
    name: 'all passes',
    kubernetes: { class: ['discovery', 'read', 'write', 'dry_run'] },
    then: 'allow',
  },
  {
    name: 'also into pods',
    kubernetes: { risk: ['exec', 'attach', 'port_forward', 'eviction', 'ephemeral_containers'] },
    then: 'allow',
  },
];

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describeWith(
  ['kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'],
  'what kubectl streams through the gate',
  () => {
    let cluster: KubeCluster;
    let gate: GatedCluster;
    beforeAll(async () => {
      cluster = await startCluster();
      gate = await gateCluster(cluster, { rules: open });
      const talk = 'echo begun; while read line; do echo "heard $line"; done; sleep 300';
      const web = {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
        spec: {
          containers: [{ name: 'web', image: 'x', stdin: true, command: ['sh', '-c', talk] }],
        },
      };
      await cluster.run(['create', '-f', '-'], { input: JSON.stringify(web) });
      await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
    }, 120_000);
    afterAll(async () => {
      await gate?.[Symbol.asyncDispose]();
      await cluster?.stop();
    });

    test('logs, and logs that are followed as they come', async () => {
      expect(await gate.kubectl(['logs', 'web'])).toMatchObject({ stdout: 'begun\n', exitCode: 0 });
      const line = 'for i in 1 2 3; do echo $i; sleep 0.3; done; sleep 300';
      await cluster.run(['run', 'teller', '--image=x', '--', 'sh', '-c', line]);
      await cluster.run(['wait', '--for=condition=Ready', 'pod/teller', '--timeout=30s']);
      const running = gate.start(['logs', '-f', 'teller']);
      await expect.poll(() => running.stdout().toString()).toBe('1\n2\n3\n');
      running.kill('SIGINT');
      await running.ended;
    });

    test('get -w tells of a change as it comes', async () => {
      await cluster.run(['create', 'configmap', 'old']);
      const running = gate.start(['get', 'configmaps', '-w', '-o', 'name']);
      await expect.poll(() => running.stdout().toString()).toContain('configmap/old\n');
      await cluster.run(['create', 'configmap', 'fresh']);
      await expect.poll(() => running.stdout().toString()).toContain('configmap/fresh\n');
      running.kill('SIGINT');
      await running.ended;
    });

    test('wait ends when the condition is there', async () => {
      const waiting = gate.kubectl(['wait', '--for=condition=Ready', 'pod/late', '--timeout=30s']);
      expect((await waiting).stderr).toContain('not found');
      await cluster.run(['run', 'late', '--image=x', '--', 'sleep', '300']);
      const ready = await gate.kubectl(['wait', '--for=condition=Ready', 'pod/late']);
      expect(ready).toMatchObject({ exitCode: 0, stdout: 'pod/late condition met\n' });
      const gone = gate.kubectl(['wait', '--for=delete', 'pod/late', '--timeout=30s']);
      await cluster.run(['delete', 'pod', 'late', '--now']);
      expect(await gone).toMatchObject({ exitCode: 0 });
    });

    test('cp, both ways', async () => {
      const folder = await mkdtemp(path.join(cluster.folder, 'cp-'));
      const bytes = randomBytes(5_000_000);
      await writeFile(path.join(folder, 'in'), bytes);
      const remote = path.join(folder, 'there');
      const put = await gate.kubectl(['cp', path.join(folder, 'in'), `web:${remote}`]);
      expect(put).toMatchObject({ exitCode: 0 });
      const got = await gate.kubectl(['cp', `web:${remote}`, path.join(folder, 'back')]);
      expect(got).toMatchObject({ exitCode: 0 });
      expect(digest(await readFile(path.join(folder, 'back')))).toBe(digest(bytes));
    });

    describe.each(['true', 'false'])('with KUBECTL_…_WEBSOCKETS=%s', (value) => {
      const env = {
        KUBECTL_REMOTE_COMMAND_WEBSOCKETS: value,
        KUBECTL_PORT_FORWARD_WEBSOCKETS: value,
      };

      test('attach, and what is typed is heard', async () => {
        const running = gate.start(['attach', '-i', 'web'], env);
        await expect
          .poll(() => {
            running.stdin.write(`hello ${value}\n`);
            return running.stdout().toString();
          })
          .toContain(`heard hello ${value}\n`);
        running.kill('SIGINT');
        await running.ended;
      });

      test('port-forward carries several connections', async () => {
        const big = randomBytes(2_000_000);
        const server = createServer((_request, response) => void response.end(big));
        const port = await listening(server);
        const local = await freePort();
        const running = gate.start(['port-forward', 'pod/web', `${local}:${port}`], env);
        await expect.poll(() => running.stdout().toString()).toContain('Forwarding from');
        const answers = await Promise.all(
          [1, 2, 3].map(async () => {
            const answer = await fetch(`http://127.0.0.1:${local}/`);
            return digest(Buffer.from(await answer.arrayBuffer()));
          }),
        );
        expect(new Set(answers)).toEqual(new Set([digest(big)]));
        running.kill('SIGINT');
        await running.ended;
        server.closeAllConnections();
        server.close();
      });
    });

    test('apply on the server, diff, top', async () => {
      const map = (value: string) =>
        JSON.stringify({
          ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'side' } },
          data: { a: value },
        });
      const apply = ['apply', '--server-side', '-f', '-'];
      const applied = await gate.kubectl(apply, map('1'));
      expect(applied).toMatchObject({ exitCode: 0, stdout: 'configmap/side serverside-applied\n' });
      const diff = await gate.kubectl(['diff', '-f', '-'], map('2'));
      expect(diff.exitCode).toBe(1);
      expect(diff.stdout).toMatch(/-\s+a: "1"\n\+\s+a: "2"/);
      const top = await gate.kubectl(['top', 'pods']);
      expect(top).toMatchObject({ exitCode: 1, stderr: 'error: Metrics API not available\n' });
    });
  },
);
