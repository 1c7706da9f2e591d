import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'vitest';
import { z } from 'zod';
import type { RequestView } from '../../src/control/contract.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { type ExecCommand, runExecCommand } from '../../src/exec/exec-command.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { type EchoUpstream, startEcho } from '../protocols/http/echo-upstream.ts';
import { noTls } from '../protocols/http/gated.ts';
import { databaseOnly, resultSchema } from './exec-bench.ts';

const rules: readonly RuleSpec[] = [
  { name: 'reads pass', http: { method: ['GET', 'HEAD'] }, then: 'allow' },
  { name: 'open posts', http: { method: ['POST'], path: ['/open'] }, then: 'allow' },
  {
    name: 'writes wait',
    http: { path: ['/v1/*'], method: ['POST'] },
    then: 'review',
    chain: 'dba',
  },
  { name: 'no secrets', http: { path: ['/secret'] }, then: 'deny', message: 'not for scripts' },
];

export const httpResultSchema = resultSchema.extend({
  action: resultSchema.shape.action.extend({ protocol: z.literal('http') }),
  result: z
    .strictObject({
      status: z.number().int(),
      headers: z.record(z.string(), z.array(z.string())),
      body: z.string().nullable(),
      bodyBase64: z.base64().optional(),
      truncated: z.boolean(),
    })
    .nullable(),
});

type HttpResult = z.infer<typeof httpResultSchema>;
type Flags = Partial<ExecCommand['flags']>;

export interface HttpRan {
  readonly code: number;
  readonly stdout: string;
  readonly talk: string;
}

/** Real everything: gateway, rules, store, provider, a Node server; exec runs in this process. */
export interface HttpBench extends AsyncDisposable {
  readonly gateway: StartedGateway;
  readonly upstream: EchoUpstream;
  exec(words: readonly string[], flags?: Flags, stdin?: Readable): Promise<HttpRan>;
  /** The same with `--json`. */
  ask(words: readonly string[], flags?: Flags): Promise<{ code: number; result: HttpResult }>;
  held(): Promise<RequestView>;
  decide(request: RequestView, kind: 'approve' | 'deny', reason?: string): Promise<void>;
}

export async function startHttpBench(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<HttpBench> {
  const upstream = await startEcho(handle);
  const gateway = await startedGateway({
    adapters: await loadAdapters(),
    limits: { reminderMs: 500, stopWithinMs: 500, farewellMs: 500 },
  });
  gateway.configure((config) => {
    const access = config.connections['pg-test']?.access;
    if (access === undefined) throw new Error('no connection');
    const service = {
      ...({ type: 'http', scheme: 'http', host: upstream.host, port: upstream.port } as const),
      ...{ labels: {}, access, revision: 'sha256:http', tls: noTls },
      ...{ credential: { kind: 'none' } as const, methods: ['GET', 'HEAD', 'POST', 'PUT'] },
      ...{ healthPath: null, graphql: false, hosts: [], rewriteRedirects: false },
    };
    return { ...config, connections: { api: service }, policy: { ...config.policy, rules } };
  });
  expect(await gateway.reload()).toBe(true);

  async function exec(
    words: readonly string[],
    flags: Flags = {},
    stdin: Readable = Readable.from([]),
  ): Promise<HttpRan> {
    const stdout = new PassThrough();
    const printed = readText(stdout);
    const said: string[] = [];
    const input: unknown = stdin;
    const code = await runExecCommand({
      ...databaseOnly,
      ...{ connection: 'api', words, dashed: true, isTerminal: false, stdout },
      flags: {
        ...{ json: false, csv: false, 'no-wait': false, 'max-rows': 1, 'max-output': 1000 },
        ...flags,
      },
      stdin: () => input as typeof process.stdin,
      control: async () => gateway.client('engineer'),
      talk: (line) => void said.push(line),
    });
    stdout.end();
    return { code, stdout: await printed, talk: said.join('\n') };
  }

  return {
    ...{ gateway, upstream, exec },
    async ask(words, flags = {}) {
      const { code, stdout } = await exec(words, { ...flags, json: true });
      return { code, result: httpResultSchema.parse(JSON.parse(stdout)) };
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
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}
