import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import { type ControlClient, createControlClient } from '../../src/control/client.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { Secret } from '../../src/core/secret.ts';
import { type RunningGateway, startGateway } from '../../src/gateway/gateway.ts';
import type { GatewayLimits } from '../../src/gateway/limits.ts';
import type { ProtocolAdapters } from '../../src/gateway/protocols.ts';
import { type Certificates, makeCertificates } from '../peers/certificates.ts';
import { startProvider, type TestProvider } from '../peers/provider.ts';
import { lineAdapters } from './line-protocol.ts';

export interface GatewayOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly tokenSeconds?: number;
  readonly adapters?: ProtocolAdapters;
  readonly tls?: boolean;
  readonly rules?: readonly RuleSpec[];
  readonly operators?: readonly string[];
  /** Default: one that the system chooses. */
  readonly port?: number;
  /** Served at `metricsUrl`, on a port that the system chooses. */
  readonly metrics?: boolean;
  readonly tracing?: GatewayConfig['tracing'];
  /** Where browsers come back to from the provider. */
  readonly redirectUris?: readonly string[];
}

export interface StartedGateway extends AsyncDisposable {
  readonly url: string;
  /** Holds the store, and the audit log in `audit/`. */
  readonly folder: string;
  readonly certificates: Certificates;
  readonly provider: TestProvider;
  readonly log: readonly { readonly level: string; readonly message: string }[];
  metricsUrl(): string;
  /** What the next `reload` or `restart` reads. */
  configure(change: (config: GatewayConfig) => GatewayConfig): void;
  reload(): Promise<boolean>;
  stop(): Promise<void>;
  /** On the same port, with the same store. */
  start(): Promise<void>;
  token(account: string): Promise<string>;
  client(account: string): ControlClient;
}

const reads: RuleSpec = { name: 'reads pass', sql: { class: ['read'] }, then: 'allow' };
const writes: RuleSpec = {
  name: 'writes need a DBA',
  sql: { class: ['write'] },
  then: 'review',
  chain: 'dba',
};
const drops: RuleSpec = { name: 'no drops', sql: { statements: ['drop_table'] }, then: 'deny' };

/** A real gateway with TLS, SQLite and an OpenID provider, over a protocol of lines. */
export async function startedGateway(options: GatewayOptions = {}): Promise<StartedGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-gateway-'));
  const { tokenSeconds, redirectUris = [] } = options;
  const provider = await startProvider({
    redirectUris,
    ...(tokenSeconds === undefined ? {} : { tokenSeconds }),
  });
  const certificates = await makeCertificates();
  const log: { level: string; message: string }[] = [];
  const tokens = new Map<string, Promise<string>>();
  let config = configFor(options, folder, provider, certificates);
  let running: RunningGateway | null = null;

  const write = (level: string) => (detail: object, message: string) =>
    void log.push({ level, message: `${message} ${JSON.stringify(detail)}` });

  async function start(): Promise<void> {
    running = await startGateway(config, {
      clock: Date.now,
      log: { info: write('info'), warn: write('warn'), error: write('error') },
      version: '0.0.0-test',
      adapters: options.adapters ?? lineAdapters(),
      readConfig: async () => config,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    const port = Number(new URL(running.url).port);
    config = { ...config, gateway: { ...config.gateway, port } };
  }

  async function stop(): Promise<void> {
    const current = running;
    running = null;
    await current?.close();
  }

  function token(account: string): Promise<string> {
    const known = tokens.get(account) ?? provider.tokenFor(account);
    tokens.set(account, known);
    return known;
  }

  const url = () =>
    `${options.tls === false ? 'http' : 'https'}://127.0.0.1:${config.gateway.port}`;

  await start();
  return {
    get url() {
      return url();
    },
    folder,
    certificates,
    provider,
    log,
    metricsUrl() {
      const served = log.findLast(({ message }) => message.startsWith('metrics and health'));
      return `http://127.0.0.1:${/"port":(\d+)/.exec(served?.message ?? '')?.[1]}`;
    },
    configure(change) {
      config = change(config);
    },
    reload: async () => (await running?.reload()) ?? false,
    start,
    stop,
    token,
    client(account) {
      const { ca } = certificates;
      return createControlClient({ url: url(), ca, token: () => token(account) });
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await provider.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configFor(
  options: GatewayOptions,
  folder: string,
  provider: TestProvider,
  { cert, key }: Certificates,
): GatewayConfig {
  const connection = {
    type: 'postgres',
    host: '127.0.0.1',
    port: 5432,
    database: 'app',
    databases: [],
    user: 'app',
    password: null,
    tls: { mode: 'disable', ca: null, cert: null, key: null },
    labels: { env: 'test' },
    trustedFunctions: [],
    revision: 'sha256:connection',
  } as const;
  const open = { groups: ['engineering'], users: [] };
  return {
    path: path.join(folder, 'hoopx.gateway.yaml'),
    revision: 'sha256:first',
    gateway: {
      host: '127.0.0.1',
      port: options.port ?? 0,
      publicUrl: 'https://127.0.0.1',
      tls: options.tls === false ? null : { cert, key: new Secret(key) },
      operators: options.operators ?? [],
    },
    store: { kind: 'sqlite', path: path.join(folder, 'hoopx.db') },
    audit: {
      folder: path.join(folder, 'audit'),
      keyFile: path.join(folder, 'audit.key'),
      ...{ anchors: [], sinks: [] },
    },
    metrics: options.metrics === true ? { host: '127.0.0.1', port: 0, exposed: false } : null,
    tracing: options.tracing ?? null,
    identity: [provider.identity],
    recording: {
      ...{ folder: path.join(folder, 'recordings'), optionalFor: [], recipients: [] },
      ...{ keepForMs: null, keepBytes: null, bucket: null, rowLimit: 20, outputLimit: 1024 * 1024 },
    },
    connections: {
      'pg-test': { ...connection, access: open },
      'pg-closed': { ...connection, access: { groups: ['nobody'], users: [] } },
    },
    masking: { rules: [], key: null },
    policy: {
      rules: options.rules ?? [reads, writes, drops],
      chains: {
        dba: {
          stages: [{ groups: ['dba'], count: 1 }],
          approveWithinMs: 60_000,
          runWithinMs: 60_000,
          fallback: 'deny',
        },
      },
      policies: {},
      unmatched: 'deny',
      revision: 'sha256:first',
    },
  };
}
