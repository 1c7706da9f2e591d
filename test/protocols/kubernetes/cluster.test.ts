import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { person } from '../http/gated.ts';
import { gateCluster } from './gated-cluster.ts';

const deployment = (name: string, replicas = 1) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: nginx }] }
`;

describeWith(
  ['kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'],
  'a real API server behind the gate, and kubectl before it',
  () => {
    let cluster: KubeCluster;
    beforeAll(async () => {
      cluster = await startCluster();
    }, 120_000);
    afterAll(() => cluster?.stop());

    test('a denial is a Status that kubectl prints, and nothing is there afterwards', async () => {
      await using gate = await gateCluster(cluster);
      const manifest = {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'evil' } },
        spec: { hostNetwork: true, containers: [{ name: 'c', image: 'x' }] },
      };
      const made = await gate.kubectl(['create', '-f', '-'], JSON.stringify(manifest));
      expect(made.exitCode).toBe(1);
      expect(made.stderr).toContain('Error from server (Forbidden)');
      expect(made.stderr).toContain('No pod gets at its host. (rule "never from the host")');
      expect((await cluster.kubectl(['get', 'pod', 'evil'])).stderr).toContain('NotFound');
    });

    test('a secret is read by no rule that does not name it', async () => {
      await using gate = await gateCluster(cluster);
      const got = await gate.kubectl(['get', 'secrets']);
      expect(got.exitCode).toBe(1);
      expect(got.stderr).toContain('Forbidden');
    });

    test('reads and discovery pass, quickly and without a word', async () => {
      await using gate = await gateCluster(cluster);
      const got = await gate.kubectl(['get', 'namespaces', '-o', 'name']);
      expect(got).toMatchObject({ exitCode: 0, stderr: '' });
      expect(got.stdout).toContain('namespace/default');
      const classes = gate.gated.decisions.flatMap(
        ({ operation }) => operation.decidable.facts.classes,
      );
      expect(classes).not.toContain('unknown');
      expect((await gate.kubectl(['auth', 'can-i', 'get', 'pods'])).stdout).toBe('yes\n');
    });

    test('pitfall 28: protobuf, which kubectl create speaks, is decided on as its JSON is', async () => {
      await using gate = await gateCluster(cluster);
      const map = await gate.kubectl(['create', 'configmap', 'colours', '--from-literal=sky=blue']);
      expect(map).toMatchObject({ exitCode: 0, stdout: 'configmap/colours created\n' });
      const create = ['create', 'deployment', 'twice', '--image=nginx', '--replicas=3'];
      const { stdout } = await gate.kubectl([...create, '--dry-run=client', '-o', 'yaml']);
      const cards: string[][] = [];
      const digests = new Set<string>();
      for (const [args, input] of [
        [create, ''],
        [['create', '-f', '-'], stdout],
      ] as const) {
        const asked = gate.kubectl(args, input);
        const held = await gate.gated.held();
        const lines = held.presentation.statement
          .split('\n')
          .map((line) => line.replace(/^[ -]+/, ''));
        // From a file, kubectl sorts the names, and has the namespace in the object too.
        cards.push(lines.filter((line) => line !== 'namespace: default').sort());
        digests.add(held.digest);
        await gate.gated.deny('no');
        expect(await asked).toMatchObject({ exitCode: 1 });
      }
      expect(digests.size).toBe(2);
      expect(cards[0]).toContain('replicas: 3');
      expect(cards[0]).toEqual(cards[1]);
    });

    test('a deletion waits, shows what would go, runs once when it is approved', async () => {
      await using gate = await gateCluster(cluster);
      await cluster.run(['create', 'deployment', 'gone', '--image=nginx']);
      const asked = gate.kubectl(['delete', 'deployment', 'gone']);
      const held = await gate.gated.held();
      expect(held.summary).toBe('delete deployments.apps gone -n default');
      expect(held.presentation.preview?.join('\n')).toMatch(
        /This would be deleted:[\s\S]*name: gone/,
      );
      await cluster.run(['get', 'deployment', 'gone']);
      await gate.gated.approve(held);
      const { exitCode, stdout, stderr } = await asked;
      expect(stdout).toBe('deployment.apps "gone" deleted\n');
      expect(stderr).toContain(`Warning: hoopx: approved by reviewer (${held.id})`);
      expect(exitCode).toBe(0);
      expect((await cluster.kubectl(['get', 'deployment', 'gone'])).exitCode).toBe(1);
      expect((await gate.gated.reached('succeeded')).outcome?.message).toBe('HTTP 200 OK');
    });

    test('a refusal by a reviewer says why, and nothing happens', async () => {
      await using gate = await gateCluster(cluster);
      await cluster.run(['create', 'deployment', 'stays', '--image=nginx']);
      const asked = gate.kubectl(['delete', 'deployment', 'stays']);
      await gate.gated.held();
      await gate.gated.deny('not before the release');
      const { exitCode, stderr } = await asked;
      expect(exitCode).toBe(1);
      expect(stderr).toContain('not before the release');
      await cluster.run(['get', 'deployment', 'stays']);
    });

    test('a deletion of many shows their names', async () => {
      await using gate = await gateCluster(cluster);
      for (const name of ['many-1', 'many-2']) {
        await cluster.run(['create', 'deployment', name, '--image=nginx']);
        await cluster.run(['label', 'deployment', name, 'set=many']);
      }
      const raw = '/apis/apps/v1/namespaces/default/deployments?labelSelector=set%3Dmany';
      const asked = fetch(`${gate.gated.url}${raw}`, { method: 'DELETE' });
      const held = await gate.gated.held();
      expect(held.presentation.preview).toEqual([
        '2 would be deleted now:',
        '  default/many-1',
        '  default/many-2',
      ]);
      await gate.gated.deny('no');
      expect((await asked).status).toBe(403);
    });

    test.each([[['apply', '-f', '-']], [['apply', '--server-side', '-f', '-']]])(
      '%j shows what it would change, by a dry run that changes nothing',
      async (args) => {
        await using gate = await gateCluster(cluster);
        const name = `diff-${args.length}`;
        await cluster.run(args, { input: deployment(name) });
        const asked = gate.kubectl(args, deployment(name, 3));
        const held = await gate.gated.held();
        const preview = held.presentation.preview ?? [];
        expect(preview[0]).toBe('This would change:');
        expect(preview).toContain('-   replicas: 1');
        expect(preview).toContain('+   replicas: 3');
        expect(preview.join('\n')).not.toMatch(/managedFields|annotations/);
        const replicas = ['get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}'];
        expect(await cluster.run(replicas)).toBe('1');
        await gate.gated.approve(held);
        expect((await asked).exitCode).toBe(0);
        expect(await cluster.run(replicas)).toBe('3');
      },
    );

    test('a dry run that is refused is said to be, and nobody mistakes it for no change', async () => {
      await using gate = await gateCluster(cluster);
      await cluster.run(['create', 'deployment', 'wrong', '--image=nginx']);
      const asked = gate.kubectl(['scale', 'deployment', 'wrong', '--replicas=2']);
      const scaled = await gate.gated.held();
      expect(scaled.presentation.preview?.[0]).toBe('This would change:');
      await gate.gated.deny('no');
      expect((await asked).exitCode).toBe(1);
      const patch = ['patch', 'deployment', 'wrong', '--type=json', '-p'];
      const path = '/spec/template/spec/containers/0/image';
      const refused = gate.kubectl([
        ...patch,
        JSON.stringify([{ op: 'replace', path, value: '' }]),
      ]);
      const held = await gate.gated.held();
      expect(held.presentation.preview?.join()).toMatch(/^A dry run was refused: .*Required value/);
      await gate.gated.deny('no');
      expect((await refused).exitCode).toBe(1);
    });

    test('the gateway logs in with a program, and with the next token when one is refused', async () => {
      const tokens = path.join(cluster.folder, 'given-token');
      await writeFile(tokens, 'stale');
      const tokenProgram = {
        command: 'sh',
        args: ['-c', 'printf \'{"status":{"token":"%s"}}\' "$(cat "$TOKENS")"'],
        environment: { PATH: process.env.PATH ?? '', TOKENS: tokens },
        folder: cluster.folder,
      };
      const target = { credential: { kind: 'none' as const }, tokenProgram };
      await using gate = await gateCluster(cluster, { target });
      const got = () => gate.kubectl(['get', '--raw', '/api/v1/namespaces/default']);
      expect((await got()).exitCode).toBe(1);
      await writeFile(tokens, cluster.admin.token);
      await expect.poll(async () => (await got()).exitCode, { interval: 2_000 }).toBe(0);
    });

    test('what a Secret holds is on no card', async () => {
      await using gate = await gateCluster(cluster);
      const secret = (password: string) =>
        JSON.stringify({
          ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } },
          stringData: { password, user: 'app' },
        });
      await cluster.run(['apply', '-f', '-'], { input: secret('correct-horse') });
      const path = '/api/v1/namespaces/default/secrets/db';
      const asked = fetch(`${gate.gated.url}${path}`, {
        method: 'PUT',
        body: secret('battery-staple'),
        headers: { 'Content-Type': 'application/json' },
      });
      const held = await gate.gated.held();
      const card = JSON.stringify(held);
      for (const word of ['correct-horse', 'battery-staple']) {
        expect(card).not.toContain(word);
        expect(card).not.toContain(Buffer.from(word).toString('base64'));
      }
      expect(card).toContain('masked: 14 characters');
      expect(
        held.presentation.preview?.filter((line) => /^[-+] .*password/.test(line)),
      ).toHaveLength(2);
      await gate.gated.deny('no');
      expect((await asked).status).toBe(403);
    });

    test('RBAC tells two people apart, and no system group is passed on', async () => {
      const asGateway = { kind: 'bearer' as const, token: new Secret(cluster.gateway.token) };
      await cluster.run(['create', 'clusterrole', 'see-nodes', '--verb=list', '--resource=nodes']);
      await cluster.run([
        'create',
        'clusterrolebinding',
        'ops-see-nodes',
        '--clusterrole=see-nodes',
        '--group=ops',
      ]);
      const target = { credential: asGateway, impersonate: { systemGroups: [] } };
      await using ann = await gateCluster(cluster, { target, principal: person('ann', ['ops']) });
      await using bob = await gateCluster(cluster, {
        target,
        principal: person('bob', ['guests', 'system:masters']),
      });
      expect((await ann.kubectl(['get', 'nodes', '-o', 'name'])).stdout).toBe('node/node-1\n');
      const refused = await bob.kubectl(['get', 'nodes']);
      expect(refused.stderr).toContain('User "bob" cannot list resource "nodes"');
    });

    test('pitfall 31: nobody becomes somebody else by a header, unless a rule says so', async () => {
      const asGateway = { kind: 'bearer' as const, token: new Secret(cluster.gateway.token) };
      const target = { credential: asGateway, impersonate: { systemGroups: [] } };
      const principal = person('eve', []);
      const asMaster = ['get', 'nodes', '--as=root', '--as-group=system:masters'];
      await using gate = await gateCluster(cluster, { target, principal });
      expect((await gate.kubectl(asMaster)).stderr).toContain('Forbidden');
      await using open = await gateCluster(cluster, {
        ...{ target, principal },
        rules: [
          {
            name: 'may be carl',
            kubernetes: { risk: ['impersonation'], impersonate: ['user:carl'] },
            then: 'allow',
          },
        ],
      });
      expect((await open.kubectl(asMaster)).stderr).toContain('Forbidden');
      const asCarl = await open.kubectl(['get', 'nodes', '--as=carl']);
      expect(asCarl.stderr).toContain('User "carl" cannot list');
    });

    test('a token of the client’s own stays behind', async () => {
      const { cert, key } = cluster.certificate;
      const tls = { ca: cluster.ca, cert, key: new Secret(key), serverName: null };
      await using gate = await gateCluster(cluster, {
        target: { credential: { kind: 'none' }, tls },
      });
      const headers = { Authorization: `Bearer ${cluster.admin.token}` };
      const answer = await fetch(`${gate.gated.url}/api/v1/nodes`, { headers });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('cannot list resource');
    });

    test('exec needs a rule that names it, over both transports', async () => {
      await cluster.run(['run', 'shell', '--image=x', '--', 'sleep', '300']);
      await cluster.run(['wait', '--for=condition=Ready', 'pod/shell', '--timeout=30s']);
      await using closed = await gateCluster(cluster);
      const echo = ['exec', 'shell', '--', 'echo', 'hello'];
      expect((await closed.kubectl(echo)).stderr).toContain('exec');
      expect((await closed.kubectl(echo)).exitCode).toBe(1);
      await using open = await gateCluster(cluster, {
        rules: [
          { name: 'reads', kubernetes: { class: ['discovery', 'read'] }, then: 'allow' },
          { name: 'echo', kubernetes: { risk: ['exec'], command: ['echo *'] }, then: 'allow' },
        ],
      });
      expect(await open.kubectl(echo)).toMatchObject({ stdout: 'hello\n', exitCode: 0 });
      expect((await open.kubectl(['exec', 'shell', '--', 'id'])).exitCode).toBe(1);
    });
  },
);
