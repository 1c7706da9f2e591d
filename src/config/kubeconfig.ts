import path from 'node:path';
import { z } from 'zod';
import type { Reference } from './reference.ts';
import { parseSource } from './source-document.ts';

const entries = z.array(z.looseObject({ name: z.string() })).default([]);

const cluster = z.looseObject({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'tls-server-name': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'proxy-url': z.string().optional(),
});

const execution = z.looseObject({
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
});

const user = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  username: z.string().optional(),
  'auth-provider': z.unknown().optional(),
  exec: execution.optional(),
});

const context = z.looseObject({ cluster: z.string(), user: z.string() });

const schema = z.looseObject({
  'current-context': z.string().optional(),
  clusters: entries,
  users: entries,
  contexts: entries,
});

/** Text that stands in the file, or where it is to be read. */
export type Material = { readonly text: string } | Reference;

/** What one context says, with nothing read that it refers to. */
export interface KubeconfigContext {
  readonly server: string;
  readonly serverName: string | null;
  readonly ca: Material | null;
  readonly cert: Material | null;
  readonly key: Material | null;
  readonly token: Material | null;
  readonly exec: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  } | null;
}

/**
 * One context of a kubeconfig (v1.Config of client-go). Relative paths start from `folder`, the
 * file's own. Throws an `Error` whose message says what is wrong and quotes no secret.
 */
export function readKubeconfig(
  text: string,
  wanted: string | null,
  folder: string,
): KubeconfigContext {
  const source = parseSource(text);
  const parsed = source.problems.length > 0 ? null : schema.safeParse(source.value);
  if (parsed?.success !== true) throw new Error('is no kubeconfig');
  const config = parsed.data;
  const name = wanted ?? config['current-context'] ?? '';
  const chosen = context.optional().parse(find(config.contexts, name, 'context'));
  if (chosen === undefined) throw new Error(`has no context ${JSON.stringify(name)}`);
  const at = cluster.optional().parse(find(config.clusters, chosen.cluster, 'cluster'));
  if (at === undefined) throw new Error(`has no cluster ${JSON.stringify(chosen.cluster)}`);
  const by = user.parse(find(config.users, chosen.user, 'user') ?? {});
  refuseUnsupported(at, by);
  const material = (file: string | undefined, data: string | undefined): Material | null => {
    if (data !== undefined) return { text: Buffer.from(data, 'base64').toString('utf8') };
    return file === undefined ? null : { scheme: 'file', target: path.join(folder, file) };
  };
  return {
    server: at.server.replace(/\/+$/, ''),
    serverName: at['tls-server-name'] ?? null,
    ca: material(at['certificate-authority'], at['certificate-authority-data']),
    cert: material(by['client-certificate'], by['client-certificate-data']),
    key: material(by['client-key'], by['client-key-data']),
    token: by.token === undefined ? material(by.tokenFile, undefined) : { text: by.token },
    exec: by.exec === undefined ? null : execOf(by.exec),
  };
}

function find(list: z.infer<typeof entries>, name: string, key: string): unknown {
  return list.find((entry) => entry.name === name)?.[key];
}

function execOf({ command, args, env }: z.infer<typeof execution>) {
  const pairs = (env ?? []).map((each) => [each.name, each.value] as const);
  return { command, args: args ?? [], env: Object.fromEntries(pairs) };
}

function refuseUnsupported(at: z.infer<typeof cluster>, by: z.infer<typeof user>): void {
  if (at['insecure-skip-tls-verify'] === true) {
    throw new Error('says insecure-skip-tls-verify: the gateway always checks whom it talks to');
  }
  if (at['proxy-url'] !== undefined) throw new Error('has a proxy-url, which is not supported');
  if (by.username !== undefined || by['auth-provider'] !== undefined) {
    throw new Error('logs in by user name or auth-provider, which Kubernetes has given up');
  }
}
