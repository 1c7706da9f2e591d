import { request } from 'node:https';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import type { GatewayLimits } from '../../src/gateway/limits.ts';
import { freePort } from '../peers/free-port.ts';
import { type EchoUpstream, startEcho } from '../protocols/http/echo-upstream.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

export const adminHost = 'admin-api.hoopx.test';
export const billingHost = 'billing.hoopx.test';
export const closedHost = 'closed.hoopx.test';

export interface BrowserSetting extends AsyncDisposable {
  readonly gateway: StartedGateway;
  readonly upstream: EchoUpstream;
  readonly port: number;
  /** What has come through to the service. */
  readonly ran: () => readonly string[];
}

export interface BrowserSettingOptions {
  readonly rules?: readonly RuleSpec[];
  readonly tokenSeconds?: number;
  readonly limits?: Partial<GatewayLimits>;
  readonly handle?: Parameters<typeof startEcho>[0];
}

const standardRules: readonly RuleSpec[] = [
  { name: 'reads pass', http: { method: ['GET', 'HEAD'] }, then: 'allow' },
  { name: 'notes pass', http: { method: ['POST'], path: ['/notes'] }, then: 'allow' },
  { name: 'writes wait', http: { path: ['/held', '/held/*'] }, then: 'review', chain: 'dba' },
  { name: 'no secrets', http: { path: ['/secret'] }, then: 'deny', message: 'not for anybody' },
];

/** A gateway with a provider, and one service under three hosts for browsers. */
export async function browserSetting(options: BrowserSettingOptions = {}): Promise<BrowserSetting> {
  const port = await freePort();
  const upstream = await startEcho(options.handle);
  const { tokenSeconds, limits } = options;
  const gateway = await startedGateway({
    adapters: await loadAdapters(),
    port,
    rules: options.rules ?? standardRules,
    redirectUris: [adminHost, billingHost, closedHost].map((host) => callbackOf(host, port)),
    ...(tokenSeconds === undefined ? {} : { tokenSeconds }),
    ...(limits === undefined ? {} : { limits }),
  });
  gateway.configure((config) => ({ ...config, connections: connectionsTo(upstream, config) }));
  await gateway.reload();
  return {
    ...{ gateway, upstream, port },
    ran: () =>
      upstream.seen
        .filter(({ url }) => url !== '/favicon.ico')
        .map(({ method, url }) => `${method} ${url}`),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

export function callbackOf(host: string, port: number): string {
  return `https://${host}:${port}/.hoopx/callback`;
}

function connectionsTo(
  { host, port }: EchoUpstream,
  config: GatewayConfig,
): GatewayConfig['connections'] {
  const connection = {
    ...({ type: 'http', scheme: 'http', host, port, labels: {} } as const),
    access: { groups: ['engineering'], users: [] },
    revision: 'sha256:connection',
    tls: { ca: null, cert: null, key: null, serverName: null },
    credential: { kind: 'none' } as const,
    methods: ['GET', 'HEAD', 'POST'],
    healthPath: null,
    graphql: false,
    hosts: [],
    rewriteRedirects: false,
  };
  const identity = config.identity[0]?.name ?? null;
  return {
    'admin-api': { ...connection, browser: { host: adminHost, identity: null } },
    billing: { ...connection, browser: { host: billingHost, identity } },
    closed: {
      ...connection,
      access: { groups: ['nobody'], users: [] },
      browser: { host: closedHost, identity },
    },
  };
}

export interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Another name for the certificate than for Host. */
  readonly servername?: string;
}

/** A browser as far as its wire goes: cookies by host, and the headers that it adds by itself. */
export function wireBrowser({ gateway, port }: BrowserSetting) {
  const jars = new Map<string, Map<string, string>>();

  function jarOf(host: string): Map<string, string> {
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  }

  function ask(host: string, path: string, asked: Asked = {}): Promise<Answered> {
    const jar = jarOf(host);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ host: '127.0.0.1', port, path, ca: gateway.certificates.ca, agent: false },
        servername: asked.servername ?? host,
        checkServerIdentity: () => undefined,
        method: asked.method ?? 'GET',
        headers: {
          Host: `${host}:${port}`,
          ...(cookie === '' ? {} : { Cookie: cookie }),
          ...asked.headers,
        },
      });
      sent.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        for (const line of incoming.headers['set-cookie'] ?? []) keep(jar, line);
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const { statusCode: status = 0, headers } = incoming;
          resolve({ status, headers, body: Buffer.concat(chunks).toString('utf8') });
        });
      });
      sent.on('error', reject);
      sent.end(asked.body);
    });
  }

  const visit = (host: string, path: string, asked: Asked = {}) =>
    ask(host, path, { ...asked, headers: { ...navigation, ...asked.headers } });

  /** Begins a login, and returns the path with which the provider sends the browser back. */
  async function authorized(host: string, account: string, path = '/'): Promise<string> {
    const begun = await visit(host, path);
    return authorize(String(begun.headers.location), account);
  }

  return {
    ask,
    visit,
    jarOf,
    authorized,
    async logIn(host: string, account = 'engineer'): Promise<Answered> {
      return visit(host, await authorized(host, account));
    },
  };
}

export const navigation = {
  Accept: 'text/html,application/xhtml+xml',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Site': 'none',
};

function keep(jar: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const at = pair.indexOf('=');
  const value = pair.slice(at + 1);
  if (value === '') jar.delete(pair.slice(0, at));
  else jar.set(pair.slice(0, at), value);
}

/** At the provider, as the person who logs in. */
async function authorize(address: string, account: string): Promise<string> {
  const issuer = new URL(address).origin;
  const jar = new Map<string, string>();
  let url = new URL(address);
  let form: URLSearchParams | null = null;
  for (let hop = 0; hop < 10; hop += 1) {
    const answer: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === null ? {} : { method: 'POST', body: form }),
    });
    for (const line of answer.headers.getSetCookie()) keep(jar, line);
    form = null;
    const location = answer.headers.get('location');
    if (location === null) {
      form = new URLSearchParams({ account });
      continue;
    }
    url = new URL(location, url);
    if (url.origin !== issuer) return `${url.pathname}${url.search}`;
  }
  throw new Error('the provider never sends the browser back');
}
