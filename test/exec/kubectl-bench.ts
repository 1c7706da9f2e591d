import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { RequestView } from '../../src/control/contract.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { Secret } from '../../src/core/secret.ts';
import { type ExecCommand, runExecCommand } from '../../src/exec/exec-command.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import type { KubeCluster } from '../peers/kubernetes/cluster.ts';
import { databaseOnly } from './exec-bench.ts';

const rules: readonly RuleSpec[] = [
  { name: 'reads pass', kubernetes: { class: ['discovery', 'read', 'dry_run'] }, then: 'allow' },
  {
    name: 'no quotas',
    kubernetes: { resource: ['resourcequotas'], class: ['write'] },
    then: 'deny',
    message: 'quotas are not for scripts',
  },
  {
    name: 'writes wait',
    kubernetes: { class: ['write'] },
    then: 'review',
    chain: 'dba',
  },
];

type Flags = Partial<ExecCommand['flags']>;

export interface KubectlRan {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly talk: string;
}

/** Real everything: gateway, rules, store, provider, an API server, this machine's kubectl. */
export interface KubectlBench extends AsyncDisposable {
  readonly gateway: StartedGateway;
  exec(words: readonly string[], flags?: Flags): Promise<KubectlRan>;
  held(): Promise<RequestView>;
  decide(request: RequestView, kind: 'approve' | 'deny', reason?: string): Promise<void>;
}

export async function startKubectlBench(cluster: KubeCluster): Promise<KubectlBench> {
  const { hostname, port } = new URL(cluster.url);
  const gateway = await startedGateway({
    adapters: await loadAdapters(),
    limits: { reminderMs: 500, stopWithinMs: 500, farewellMs: 500 },
  });
  gateway.configure((config) => {
    const access = config.connections['pg-test']?.access;
    if (access === undefined) throw new Error('no connection');
    const k8s = {
      ...({ type: 'kubernetes', scheme: 'https', host: hostname, port: Number(port) } as const),
      ...{ labels: {}, access, revision: 'sha256:k8s' },
      tls: { ca: cluster.ca, cert: null, key: null, serverName: null },
      credential: { kind: 'bearer', token: new Secret(cluster.admin.token) } as const,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      ...{ healthPath: null, graphql: false, hosts: [], rewriteRedirects: false },
      ...{ tokenProgram: null, impersonate: null, diffs: true },
    };
    return { ...config, connections: { k8s }, policy: { ...config.policy, rules } };
  });
  expect(await gateway.reload(), JSON.stringify(gateway.log)).toBe(true);
  return {
    gateway,
    async exec(words, flags = {}) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const printed = Promise.all([readText(stdout), readText(stderr)]);
      const said: string[] = [];
      const code = await runExecCommand({
        ...databaseOnly,
        ...{ connection: 'k8s', words, dashed: true, isTerminal: false, stdout, stderr },
        flags: {
          ...{ json: false, csv: false, 'no-wait': false, 'max-rows': 1, 'max-output': 100_000 },
          ...flags,
        },
        control: async () => gateway.client('engineer'),
        talk: (line) => void said.push(line),
      });
      stdout.end();
      stderr.end();
      const [out, err] = await printed;
      return { code, stdout: out, stderr: err, talk: said.join('\n') };
    },
    async held() {
      for (;;) {
        const { items } = await gateway.client('reviewer').listRequests({ state: ['pending'] });
        const [request] = items;
        if (request !== undefined) return request;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async decide({ id, digest }, kind, reason) {
      const decision = { kind, digest, ...(reason === undefined ? {} : { reason }) };
      await gateway.client('reviewer').decide(id, decision);
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
