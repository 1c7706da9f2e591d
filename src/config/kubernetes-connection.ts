import path from 'node:path';
import { Secret } from '../core/secret.ts';
import type { ConfigPath } from './config-problem.ts';
import type { ResolveAt } from './connection-config.ts';
import type { KubernetesConnectionConfig } from './gateway-config.ts';
import type { KubernetesDocument } from './gateway-schema.ts';
import { type Material, readKubeconfig } from './kubeconfig.ts';
import { bareUrl, placeOf } from './schema-url.ts';

/** Reports what is wrong with a key of the connection. */
export type ReportAt = (key: ConfigPath, message: string) => void;

export interface KubernetesParts {
  readonly revision: string;
  readonly optional: ResolveAt;
  readonly report: ReportAt;
  /** Of the gateway's environment: what programs for tokens are run with. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Login = Pick<
  KubernetesConnectionConfig,
  'scheme' | 'host' | 'port' | 'tls' | 'credential' | 'tokenProgram'
>;

export async function kubernetesConnection(
  document: KubernetesDocument,
  parts: KubernetesParts,
): Promise<KubernetesConnectionConfig> {
  const { labels, access, impersonate, diffs, hosts } = document;
  const login = document.kubeconfig === undefined ? ownLogin : kubeconfigLogin;
  return {
    type: 'kubernetes',
    ...(await login(document, parts)),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    ...{ healthPath: null, graphql: false, rewriteRedirects: false },
    impersonate: impersonationOf(impersonate),
    ...{ labels, access, diffs, hosts, revision: parts.revision },
  };
}

function impersonationOf(
  impersonate: KubernetesDocument['impersonate'],
): KubernetesConnectionConfig['impersonate'] {
  if (impersonate === false) return null;
  return { systemGroups: impersonate === true ? [] : impersonate.systemGroups };
}

async function ownLogin(document: KubernetesDocument, parts: KubernetesParts): Promise<Login> {
  const { tls, credential, server = '' } = document;
  const { optional } = parts;
  const [ca, cert, key] = await Promise.all([
    optional(['tls', 'ca'], tls.ca),
    optional(['tls', 'cert'], tls.cert),
    optional(['tls', 'key'], tls.key),
  ]);
  const token =
    credential !== undefined && 'token' in credential
      ? await optional(['credential', 'token'], credential.token)
      : null;
  const exec = credential !== undefined && 'exec' in credential ? credential.exec : null;
  return {
    ...placeOf(server),
    tls: { ca, cert, key: secretOf(key), serverName: tls.serverName ?? null },
    credential: credentialOf(token),
    tokenProgram: exec === null ? null : programOf(exec, parts),
  };
}

async function kubeconfigLogin(
  document: KubernetesDocument,
  parts: KubernetesParts,
): Promise<Login> {
  const { kubeconfig, context } = document;
  const at = ['kubeconfig'];
  const text = (await parts.optional(at, kubeconfig)) ?? '';
  // What could not be read has been reported.
  if (text === '') return nowhere;
  const target = kubeconfig?.scheme === 'file' ? kubeconfig.target : '.';
  try {
    const chosen = readKubeconfig(text, context ?? null, path.dirname(target));
    const server = bareUrl.safeParse(chosen.server);
    if (!server.success) throw new Error('has a server that is no plain address');
    const read = async (material: Material | null) => {
      if (material === null) return null;
      return 'text' in material ? material.text : parts.optional(at, material);
    };
    const [ca, cert, key, token] = await Promise.all(
      [chosen.ca, chosen.cert, chosen.key, chosen.token].map(read),
    );
    return {
      ...placeOf(server.data),
      tls: {
        ...{ ca: ca ?? null, cert: cert ?? null, serverName: chosen.serverName },
        key: secretOf(key ?? null),
      },
      credential: credentialOf(token ?? null),
      tokenProgram: chosen.exec === null ? null : programOf(chosen.exec, parts),
    };
  } catch (error) {
    parts.report(at, error instanceof Error ? error.message : String(error));
    return nowhere;
  }
}

/** In the place of a login that was reported as unusable. */
const nowhere: Login = {
  ...{ scheme: 'https', host: '', port: 443 },
  tls: { ca: null, cert: null, key: null, serverName: null },
  credential: { kind: 'none' },
  tokenProgram: null,
};

function secretOf(text: string | null): Secret | null {
  return text === null ? null : new Secret(text);
}

function credentialOf(token: string | null): Login['credential'] {
  return token === null ? { kind: 'none' } : { kind: 'bearer', token: new Secret(token.trim()) };
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** With the gateway's own environment below what the configuration says, as client-go does. */
function programOf({ command, args, env }: Program, { folder, env: own }: KubernetesParts) {
  const given = Object.entries({ ...own, ...env }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { command, args, environment: Object.fromEntries(given), folder };
}

/** What makes the connection what it is, with secrets and where they come from left out. */
export function kubernetesSubstance(document: KubernetesDocument): object {
  const { tls, credential, kubeconfig, ...plain } = document;
  const exec = credential !== undefined && 'exec' in credential ? credential.exec : null;
  return {
    ...plain,
    server: plain.server ?? null,
    context: plain.context ?? null,
    kubeconfig: kubeconfig === undefined ? null : kubeconfig.target,
    tls: { ca: tls.ca ?? null, cert: tls.cert ?? null, serverName: tls.serverName ?? null },
    credential: credential === undefined ? null : exec === null ? 'token' : { exec: exec.command },
  };
}
