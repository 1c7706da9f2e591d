import { execFile } from 'node:child_process';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Certificates } from '../certificates.ts';
import type { PostgresBinaries, ServerAccount } from './binaries.ts';

const run = promisify(execFile);

/** How a server asks for the password over TCP. The Unix socket always trusts. */
export type PostgresAuth = 'scram-sha-256' | 'md5' | 'password' | 'trust';

export interface ClusterOptions {
  /** Of the superuser. */
  readonly password: string;
  readonly auth: PostgresAuth;
  readonly certificates: Certificates | null;
  /** Lines for postgresql.conf. */
  readonly config: Readonly<Record<string, string>>;
  /** Replaces the TCP lines of pg_hba.conf. */
  readonly hba: readonly string[];
  readonly listen: string;
  readonly port: number;
  /** Null for none: their paths may have 107 bytes at most. */
  readonly socketFolder: string | null;
  /** False spares the disk: the data is lost with the machine. */
  readonly durable: boolean;
}

/** A folder that holds all of one server. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
}

export const superuser = 'postgres';

/** `folder` exists, and is given to the account that will run the server. */
export async function createCluster(
  binaries: PostgresBinaries,
  account: ServerAccount | null,
  folder: string,
  options: ClusterOptions,
): Promise<Cluster> {
  const cluster = clusterIn(folder);
  const passwordFile = path.join(folder, 'password');
  await mkdir(cluster.data, { mode: 0o700 });
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  await give(account, folder, cluster.data, passwordFile);
  await run(
    binaries.initdb,
    [
      ...['-D', cluster.data, '-U', superuser, `--pwfile=${passwordFile}`, '--no-sync'],
      ...['--encoding=UTF8', '--locale=C', '--auth-local=trust', `--auth-host=${options.auth}`],
    ],
    { ...account, cwd: folder, maxBuffer: 1 << 22 },
  );
  await rm(passwordFile);
  await furnishCluster(cluster, account, options);
  return cluster;
}

/** What `options` say beside its password and its way of asking for it. */
export async function furnishCluster(
  cluster: Cluster,
  account: ServerAccount | null,
  options: ClusterOptions,
): Promise<void> {
  const { certificates } = options;
  await give(account, cluster.folder);
  if (certificates !== null) await writeCertificates(cluster.data, certificates, account);
  await configureCluster(cluster, options);
}

export function clusterIn(folder: string): Cluster {
  return { folder, data: path.join(folder, 'data') };
}

/** Takes effect at the next start. */
export async function configureCluster(cluster: Cluster, options: ClusterOptions): Promise<void> {
  await writeFile(path.join(cluster.data, 'postgresql.auto.conf'), settings(options));
  if (options.hba.length === 0) return;
  const lines = ['local all all trust', ...options.hba];
  await writeFile(path.join(cluster.data, 'pg_hba.conf'), `${lines.join('\n')}\n`);
}

const fleeting = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
const encrypted = { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' };

function settings(options: ClusterOptions): string {
  const all = {
    listen_addresses: options.listen,
    port: `${options.port}`,
    unix_socket_directories: options.socketFolder ?? '',
    max_connections: '300',
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    ...(options.durable ? {} : fleeting),
    ...(options.certificates === null ? {} : encrypted),
    ...options.config,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key} = '${value}'`);
  return `${lines.join('\n')}\n`;
}

async function writeCertificates(
  data: string,
  certificates: Certificates,
  account: ServerAccount | null,
): Promise<void> {
  const key = path.join(data, 'server.key');
  await writeFile(path.join(data, 'server.crt'), certificates.cert);
  await writeFile(key, certificates.key, { mode: 0o600 });
  await give(account, key);
}

async function give(account: ServerAccount | null, ...paths: string[]): Promise<void> {
  if (account === null) return;
  for (const each of paths) await chown(each, account.uid, account.gid);
}
