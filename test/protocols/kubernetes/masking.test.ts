import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { maskingOf, ruleWith } from '../../masking/questions.ts';
import { type KubeCluster, startCluster } from '../../peers/kubernetes/cluster.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { start } from '../ssh/session/gated.ts';
import { type GatedCluster, gateCluster } from './gated-cluster.ts';

const everything: readonly RuleSpec[] = [
  {
    name: 'everything passes',
    kubernetes: { class: ['discovery', 'read', 'dry_run', 'write'] },
    then: 'allow',
  },
  {
    name: 'what cannot be judged passes',
    kubernetes: { class: ['read', 'opaque'], resource: ['secrets'], risk: ['secret'] },
    then: 'allow',
  },
  { name: 'risks pass', kubernetes: { risk: ['exec', 'attach', 'secret'] }, then: 'allow' },
];
const onKubernetes = { protocol: 'kubernetes' } as const;
const bySecrets = maskingOf([], onKubernetes) ?? undefined;
const byText = maskingOf([ruleWith({ detectors: ['email'] })], onKubernetes) ?? undefined;
const encoded = Buffer.from('hunter22').toString('base64');

describeWith(['kube-apiserver', 'hoopx-kubelet', 'etcd', 'kubectl'], 'masked answers', () => {
  let cluster: KubeCluster;
  let gate: GatedCluster;
  let textGate: GatedCluster;

  beforeAll(async () => {
    if (bySecrets === undefined || byText === undefined) throw new Error('nothing is masked');
    cluster = await startCluster();
    gate = await gateCluster(cluster, { rules: everything, masking: bySecrets });
    textGate = await gateCluster(cluster, { rules: everything, masking: byText });
    await cluster.run(['create', 'secret', 'generic', 'db', '--from-literal=password=hunter22']);
    await cluster.run(['run', 'web', '--image=x', '--', 'sleep', '300']);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
  }, 120_000);
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await textGate?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  test.each([
    ['one', ['get', 'secret', 'db', '-o', 'yaml']],
    ['a list', ['get', 'secrets', '-A', '-o', 'json']],
    ['a table', ['get', 'secrets']],
    ['raw', ['get', '--raw', '/api/v1/namespaces/default/secrets/db']],
    ['described', ['describe', 'secret', 'db']],
    ['a template', ['get', 'secret', 'db', '-o', 'jsonpath={.data.password}']],
  ])('a Secret does not show what it holds: %s', async (_, args) => {
    const { stdout, stderr, exitCode } = await gate.kubectl(args);
    expect(`${stdout}${stderr}`).not.toContain(encoded);
    expect(`${stdout}${stderr}`).not.toContain('hunter22');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/db|W21hc2tlZF0=/);
  });

  test('nor in a watch', async () => {
    const { stdout } = await gate.kubectl([
      ...['get', '--raw', '/api/v1/namespaces/default/secrets?watch=1&timeoutSeconds=1'],
    ]);
    expect(stdout).toContain('"ADDED"');
    expect(stdout).toContain('W21hc2tlZF0=');
    expect(stdout).not.toContain(encoded);
  });

  test.each(['application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'])(
    'nor to a client that asks for %s',
    async (accept) => {
      const url = `${gate.gated.url}/api/v1/namespaces/default/secrets`;
      const answer = await fetch(url, { headers: { Accept: accept } });
      const text = await answer.text();
      expect(text).toContain('W21hc2tlZF0=');
      expect(text).not.toContain(encoded);
    },
  );

  test('nor in a watch over WebSocket', async () => {
    const url = `${gate.gated.url}/api/v1/namespaces/default/secrets?watch=1&timeoutSeconds=1`;
    const { stdout } = await start('curl', [
      ...['-sS', '-i', '--http1.1', '--max-time', '5', '-H', 'Connection: Upgrade'],
      ...['-H', 'Upgrade: websocket', '-H', 'Sec-WebSocket-Version: 13'],
      ...['-H', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', url],
    ]).ended;
    expect(stdout.includes(encoded)).toBe(false);
    expect(stdout.toString()).toContain('403 Forbidden');
    expect(stdout.toString()).toContain('UNMASKABLE');
  });

  test('nor in what was applied last, nor in the answer to a write', async () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'applied' },
      stringData: { token: 'hunter22' },
    };
    const applied = await gate.kubectl(
      ['apply', '-o', 'yaml', '-f', '-'],
      JSON.stringify(manifest),
    );
    expect(applied.stdout).toContain('last-applied-configuration');
    expect(applied.stdout).not.toContain('hunter22');
    expect(applied.stdout).not.toContain(encoded);
  });

  test('and applying a Secret that was shown changes nothing', async () => {
    const { stdout } = await gate.kubectl(['get', 'secret', 'db', '-o', 'yaml']);
    const { exitCode, stderr } = await gate.kubectl(['apply', '-f', '-'], stdout);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('stands for a value that you were not shown');
    // What is applied without a mask goes through, and shows nothing of what it changes.
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } };
    const own = JSON.stringify({ ...object, stringData: { more: 'swordfish' } });
    const applied = await gate.kubectl(['apply', '-o', 'json', '-f', '-'], own);
    expect(applied.exitCode).toBe(0);
    expect(applied.stdout).not.toContain(encoded);
    expect(applied.stdout).not.toContain('swordfish');
    const kept = await cluster.run(['get', 'secret', 'db', '-o', 'jsonpath={.data}']);
    expect(kept).toContain(encoded);
    expect(kept).toContain(Buffer.from('swordfish').toString('base64'));
  });

  test('and what was shown is not written back', async () => {
    const { stdout } = await gate.kubectl(['get', 'secret', 'db', '-o', 'json']);
    const { exitCode, stderr } = await gate.kubectl(['replace', '-f', '-'], stdout);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('stands for a value that you were not shown');
    const kept = await cluster.run(['get', 'secret', 'db', '-o', 'jsonpath={.data.password}']);
    expect(kept).toContain(encoded);
  });

  test('other resources pass as they are, to the byte', async () => {
    const direct = await cluster.run(['get', '--raw', '/api/v1/namespaces/default/pods/web']);
    const through = await gate.kubectl(['get', '--raw', '/api/v1/namespaces/default/pods/web']);
    expect(through.stdout).toBe(direct);
  });

  test('logs that are followed show no address, and come as they are said', async () => {
    const script =
      'printf "to ann@"; sleep 0.01; echo "example.com;"; echo whole; sleep 1; echo bob@example.com; sleep 300';
    await cluster.run(['run', 'teller', '--image=x', '--', 'sh', '-c', script]);
    await cluster.run(['wait', '--for=condition=Ready', 'pod/teller', '--timeout=30s']);
    const running = textGate.start(['logs', '-f', 'teller']);
    await expect.poll(() => running.stdout().toString()).toBe('to [masked];\nwhole\n[masked]\n');
    running.kill('SIGINT');
    await running.ended;
    const { stdout } = await textGate.kubectl(['logs', 'teller', '--timestamps=false']);
    expect(stdout).toBe('to [masked];\nwhole\n[masked]\n');
  });

  describe.each([
    ['WebSocket', 'true'],
    ['SPDY', 'false'],
  ])('a program over %s', (_, websockets) => {
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets };
    const run = (script: string) =>
      textGate.kubectl(['exec', 'web', '--', 'sh', '-c', script], undefined, env);

    test('shows no address, and tells how it ended', async () => {
      const { stdout, stderr, exitCode } = await run(
        'echo to ann@example.com; echo from bob@example.com >&2; exit 7',
      );
      expect(stdout).toBe('to [masked]\n');
      expect(stderr).toContain('from [masked]\n');
      expect(exitCode).toBe(7);
    });

    test('nor one in pieces, and passes what is none', async () => {
      const { stdout } = await run(
        'printf ann@; sleep 0.01; printf "example.com\\n"; i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done',
      );
      const lines = Array.from({ length: 3000 }, (_, index) => `line ${index}\n`);
      expect(stdout).toBe(`[masked]\n${lines.join('')}`);
    });
  });

  test.each(['true', 'false'])('attach shows no address: WebSocket %s', async (value) => {
    const name = `echo-${value}`;
    const command = ['sh', '-c', 'while read line; do echo "heard $line"; done; sleep 300'];
    const containers = [{ name: 'web', image: 'x', stdin: true, command }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } };
    await cluster.run(['create', '-f', '-'], { input: JSON.stringify(pod) });
    await cluster.run(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s']);
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: value };
    const running = textGate.start(['attach', '-i', name], env);
    await expect
      .poll(() => {
        running.stdin.write('from ann@example.com to all\n');
        return running.stdout().toString();
      })
      .toContain('heard from [masked] to all\n');
    running.kill('SIGINT');
    await running.ended;
    expect(running.stdout().toString()).not.toContain('ann@example.com');
  });

  test('what describes the API reaches kubectl as it is, which validates and explains by it', async () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'checked' } };
    const unknown = JSON.stringify({ ...config, unheardOf: 1 });
    const refused = await textGate.kubectl(['create', '-f', '-'], unknown);
    expect(refused.stderr).toContain('unheardOf');
    const created = await textGate.kubectl(['create', '-f', '-'], JSON.stringify(config));
    expect(created).toMatchObject({ exitCode: 0, stdout: 'configmap/checked created\n' });
    const explained = await textGate.kubectl(['explain', 'pods.spec.nodeName']);
    expect(explained.stdout).toContain('nodeName');
  });

  test('objects show no address in any text', async () => {
    await cluster.run(['create', 'configmap', 'people', '--from-literal=who=ann@example.com']);
    const { stdout } = await textGate.kubectl(['get', 'configmap', 'people', '-o', 'yaml']);
    expect(stdout).toContain("who: '[masked]'");
  });
});
