import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Certificates, makeCertificates } from './certificates.ts';
import type { PostgresBinaries, ServerAccount } from './postgres-binaries.ts';

const run = promisify(execFile);

/** How a server asks for the password over TCP. The Unix socket always trusts. */
export type PostgresAuth = 'scram-sha-256' | 'md5' | 'password' | 'trust';

export interface ClusterOptions {
  readonly ssl: boolean;
  readonly auth: PostgresAuth;
  /** Lines for postgresql.conf. */
  readonly config: Readonly<Record<string, string>>;
  /** Replaces the TCP lines of pg_hba.conf. */
  readonly hba: readonly string[];
  readonly port: number;
}

export interface Cluster {
  /** Holds everything; removing it removes the cluster. */
  readonly folder: string;
  readonly data: string;
  readonly socketFolder: string;
  readonly certificates: Certificates | null;
}

export const superuser = { name: 'postgres', password: 'peer password' } as const;

export async function createCluster(
  binaries: PostgresBinaries,
  account: ServerAccount | null,
  options: ClusterOptions,
): Promise<Cluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-pg-'));
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, `${superuser.password}\n`);
  await give(account, folder, data, passwordFile);
  await run(
    binaries.initdb,
    [
      ...['-D', data, '-U', superuser.name, `--pwfile=${passwordFile}`, '--no-sync'],
      ...['--encoding=UTF8', '--locale=C', '--auth-local=trust', `--auth-host=${options.auth}`],
    ],
    { ...account, cwd: folder, maxBuffer: 1 << 22 },
  );
  const certificates = options.ssl ? await makeCertificates() : null;
  if (certificates !== null) await writeCertificates(data, certificates, account);
  await writeFile(path.join(data, 'postgresql.auto.conf'), settings(folder, options));
  if (options.hba.length > 0) {
    const lines = ['local all all trust', ...options.hba];
    await writeFile(path.join(data, 'pg_hba.conf'), `${lines.join('\n')}\n`);
  }
  return { folder, data, socketFolder: folder, certificates };
}

function settings(folder: string, options: ClusterOptions): string {
  const all = {
    listen_addresses: 'localhost',
    port: `${options.port}`,
    unix_socket_directories: folder,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '300',
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    ...(options.ssl ? { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' } : {}),
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
