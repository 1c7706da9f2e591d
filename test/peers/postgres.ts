import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { makeCertificates } from '../../src/demo/certificates.ts';
import { freePort } from '../../src/demo/free-port.ts';
import {
  findPostgres,
  type PostgresVersion,
  serverAccount,
} from '../../src/demo/postgres/binaries.ts';
import { type PostgresAuth, superuser } from '../../src/demo/postgres/cluster.ts';
import { reapWhenGone } from '../../src/demo/postgres/reaper.ts';
import { type RunningServer, runServer, serverLog } from '../../src/demo/postgres/server.ts';
import { newCluster } from './postgres-cluster.ts';

export interface PostgresPeerOptions {
  /** Default: Debian's when installed, else the embedded one. */
  readonly version?: PostgresVersion;
  /** TLS with a certificate for localhost; `tls.ca` is its authority. */
  readonly ssl?: boolean;
  /** For TCP. Default: scram-sha-256. */
  readonly auth?: PostgresAuth;
  /** Lines for postgresql.conf. */
  readonly config?: Readonly<Record<string, string>>;
  /** Replaces the TCP lines of pg_hba.conf, as in `hostssl all all all scram-sha-256`. */
  readonly hba?: readonly string[];
}

export interface PsqlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A throwaway PostgreSQL, gone with the test process however that ends. */
export interface PostgresPeer {
  /** 127.0.0.1; ::1 and localhost answer too where the machine has them. */
  readonly host: string;
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly version: PostgresVersion;
  readonly url: string;
  /** Authority and server certificate as PEM; null without `ssl`. */
  readonly tls: { readonly ca: string; readonly cert: string } | null;
  /** Where the Unix socket is: no password, no TLS, whatever `auth` says. */
  readonly socketFolder: string;
  /** The postmaster's. */
  pid(): number;
  /** Debian's psql against this server over the Unix socket, without ~/.psqlrc. */
  psql(...args: string[]): Promise<PsqlResult>;
  /** One statement on a connection of its own, over the Unix socket. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** What the server has logged so far. */
  log(): string;
  /** On the same port with the same data; also after `kill9` and `shutDown`. */
  restart(): Promise<void>;
  /** Ends it and keeps the data. */
  shutDown(): Promise<void>;
  /** A crash of the postmaster, which keeps what was committed. */
  kill9(): Promise<void>;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
}

const database = 'app';
const password = 'peer password';

/** Takes one to five seconds. Throws when there is no PostgreSQL: ask `describeWith` first. */
export async function startPostgres(options: PostgresPeerOptions = {}): Promise<PostgresPeer> {
  const binaries = findPostgres(options.version);
  if (binaries === null) throw new Error(`no ${options.version ?? ''} PostgreSQL here`);
  const account = serverAccount();
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-pg-'));
  const certificates = options.ssl ? await makeCertificates() : null;
  const cluster = await newCluster(binaries, account, folder, {
    password,
    certificates,
    auth: options.auth ?? 'scram-sha-256',
    config: options.config ?? {},
    hba: options.hba ?? [],
    listen: 'localhost',
    port,
    socketFolder: folder,
    durable: false,
  });
  reapWhenGone(cluster, [folder]);
  const local = { host: folder, port, user: superuser };
  const start = () => runServer(binaries, account, cluster, { ...local, database: 'postgres' });
  let server: RunningServer = await start();
  await queryOnce({ ...local, database: 'postgres' }, `CREATE DATABASE ${database}`, []);
  return {
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database,
    version: binaries.version,
    url: `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    tls: certificates,
    socketFolder: folder,
    pid: () => server.pid,
    psql: (...args) => psql(local.host, port, args),
    query: (sql, values = []) => queryOnce({ ...local, database }, sql, values),
    log: () => serverLog(cluster),
    async restart() {
      await server.end('SIGINT');
      server = await start();
    },
    shutDown: () => server.end('SIGINT'),
    async kill9() {
      // It is not durable, so a crash would take whole tables with it that tests count afterwards.
      await queryOnce({ ...local, database }, 'checkpoint', []);
      await server.end('SIGKILL');
    },
    async stop() {
      await server.end('SIGQUIT');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function queryOnce(
  config: pg.ClientConfig,
  sql: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(sql, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

function psql(host: string, port: number, args: readonly string[]): Promise<PsqlResult> {
  const own = ['-X', '-h', host, '-p', `${port}`, '-U', superuser, '-d', database];
  return new Promise((resolve, reject) => {
    execFile('psql', [...own, ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
      else reject(error);
    });
  });
}
