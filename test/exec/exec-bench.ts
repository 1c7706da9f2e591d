import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'vitest';
import { z } from 'zod';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import type { RequestView } from '../../src/control/contract.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { Secret } from '../../src/core/secret.ts';
import { type ExecCommand, runExecCommand } from '../../src/exec/exec-command.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { type PostgresPeer, startPostgres } from '../peers/postgres.ts';

export const standardRules: readonly RuleSpec[] = [
  { name: 'reads pass', sql: { class: ['read', 'session', 'transaction'] }, then: 'allow' },
  {
    name: 'writes need a DBA',
    sql: { class: ['write', 'ddl', 'opaque'] },
    then: 'review',
    chain: 'dba',
  },
  { name: 'no drops', sql: { statements: ['drop_table'] }, then: 'deny', message: 'no drops here' },
];

/** `hoopx.result/v1`, closed: a field more or less is a change of the contract. */
export const resultSchema = z.strictObject({
  schema: z.literal('hoopx.result/v1'),
  requestId: z.string().startsWith('req_').nullable(),
  status: z.enum([
    'pending',
    'approved',
    'running',
    'succeeded',
    'failed',
    'denied',
    'changes_requested',
    'expired',
    'cancelled',
    'revoked',
    'unknown',
  ] as const),
  final: z.boolean(),
  source: z.enum(['hoopx', 'child']),
  action: z.strictObject({
    connection: z.string(),
    protocol: z.literal('postgres'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .nullable(),
    summary: z.string().nullable(),
  }),
  decision: z
    .strictObject({
      kind: z.enum(['approve', 'deny', 'request_changes']),
      by: z.string(),
      at: z.iso.datetime(),
      reason: z.string().nullable(),
    })
    .nullable(),
  policy: z.strictObject({ rules: z.array(z.string()), revision: z.string().nullable() }),
  expiresAt: z.iso.datetime().nullable(),
  pollAfterMs: z.number().int().positive().nullable(),
  next: z.string().startsWith('hoopx ').nullable(),
  result: z
    .strictObject({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.unknown())),
      rowCount: z.number().int().nullable(),
      truncated: z.boolean(),
    })
    .nullable(),
  child: z
    .strictObject({
      exitCode: z.number().int(),
      sqlstate: z.string().length(5).optional(),
      message: z.string().optional(),
    })
    .nullable(),
});

export type Result = z.infer<typeof resultSchema>;

/** The same of a remote command. */
export const remoteResultSchema = resultSchema.extend({
  action: resultSchema.shape.action.extend({ protocol: z.literal('ssh') }),
  result: z
    .strictObject({
      stdout: z.string().nullable(),
      stdoutBase64: z.base64().optional(),
      stderr: z.string().nullable(),
      stderrBase64: z.base64().optional(),
      truncated: z.boolean(),
    })
    .nullable(),
});

export type RemoteResult = z.infer<typeof remoteResultSchema>;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly talk: string;
}

type Flags = Partial<ExecCommand['flags']>;

/** What running SQL has no use for. */
export const databaseOnly = {
  dashed: false,
  stdin: () => process.stdin,
  stderr: process.stderr,
  term: null,
  remote: () => Promise.reject(new Error('SQL needs no SSH client')),
};

/** Real everything: gateway, rules, store, provider, PostgreSQL; exec runs in this process. */
export interface ExecBench extends AsyncDisposable {
  readonly gateway: StartedGateway;
  readonly postgres: PostgresPeer;
  exec(
    account: string,
    sql: string | readonly string[],
    flags?: Flags,
    isTerminal?: boolean,
  ): Promise<Ran>;
  /** The same with `--json`: the exit code and the checked object. */
  ask(account: string, sql: string, flags?: Flags): Promise<{ code: number; result: Result }>;
  /** The one pending request, once it is there. */
  held(): Promise<RequestView>;
  decide(
    account: string,
    request: RequestView,
    kind: 'approve' | 'deny' | 'request_changes',
    reason?: string,
  ): Promise<void>;
  approve(id: string): Promise<void>;
  reload(change: (config: GatewayConfig) => GatewayConfig): Promise<void>;
}

export async function startExecBench(): Promise<ExecBench> {
  const postgres = await startPostgres();
  const gateway = await startedGateway({
    adapters: await loadAdapters(),
    rules: standardRules,
    limits: { reminderMs: 500, stopWithinMs: 500, farewellMs: 500 },
  });

  async function reload(change: (config: GatewayConfig) => GatewayConfig): Promise<void> {
    gateway.configure(change);
    expect(await gateway.reload()).toBe(true);
  }

  await reload((config) => {
    const before = config.connections['pg-test'];
    if (before === undefined) throw new Error('no connection');
    const { host, port, database, user } = postgres;
    const password = new Secret(postgres.password);
    const connection = { ...before, host, port, database, user, password };
    return { ...config, connections: { 'pg-test': connection } };
  });

  async function exec(
    account: string,
    sql: string | readonly string[],
    flags: Flags = {},
    isTerminal = false,
  ) {
    const stdout = new PassThrough();
    const printed = readText(stdout);
    const said: string[] = [];
    const code = await runExecCommand({
      ...databaseOnly,
      connection: 'pg-test',
      words: typeof sql === 'string' ? [sql] : sql,
      flags: {
        json: false,
        csv: false,
        'no-wait': false,
        'max-rows': 10_000,
        'max-output': 1_048_576,
        ...flags,
      },
      control: async () => gateway.client(account),
      isTerminal,
      stdout,
      talk: (line) => void said.push(line),
    });
    stdout.end();
    return { code, stdout: await printed, talk: said.join('\n') };
  }

  async function held(): Promise<RequestView> {
    for (;;) {
      const { items } = await gateway.client('reviewer').listRequests({ state: ['pending'] });
      const [request] = items;
      if (request !== undefined) return request;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function decide(
    account: string,
    { id, digest }: RequestView,
    kind: 'approve' | 'deny' | 'request_changes',
    reason?: string,
  ): Promise<void> {
    const decision = { kind, digest, ...(reason === undefined ? {} : { reason }) };
    await gateway.client(account).decide(id, decision);
  }

  return {
    gateway,
    postgres,
    exec,
    async ask(account, sql, flags = {}) {
      const { code, stdout } = await exec(account, sql, { ...flags, json: true });
      return { code, result: resultSchema.parse(JSON.parse(stdout)) };
    },
    held,
    decide,
    approve: async (id) =>
      decide('reviewer', await gateway.client('reviewer').request(id), 'approve'),
    reload,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await postgres.stop();
    },
  };
}
