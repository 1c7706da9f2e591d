import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run, seconds } from './programs.ts';
import type { SshRoute } from './routes.ts';

/** Something to do over a route that takes a while; resolves with its seconds. */
export interface SshWorkload {
  readonly name: string;
  run(route: SshRoute): Promise<number>;
}

export interface SshSizes {
  readonly streamBytes: number;
  readonly fileBytes: number;
  readonly smallFiles: number;
}

const smallFileBytes = 2_000;

/** @param folder - where files are made; what is moved goes from there to there */
export async function sshWorkloads(
  folder: string,
  sizes: SshSizes,
): Promise<readonly SshWorkload[]> {
  const { streamBytes, fileBytes, smallFiles } = sizes;
  const at = (name: string) => path.join(folder, name);
  await writeFile(at('large'), Buffer.alloc(fileBytes, 'large'));
  await mkdir(at('small'));
  for (let number = 0; number < smallFiles; number += 1) {
    await writeFile(
      path.join(at('small'), `file-${number}`),
      Buffer.alloc(smallFileBytes, 'small'),
    );
  }
  const stream = `${mega(streamBytes)} MB`;
  const files = [
    { name: `sftp get ${mega(fileBytes)} MB`, line: `get ${at('large')} ${at('got')}` },
    { name: `sftp put ${mega(fileBytes)} MB`, line: `put ${at('large')} ${at('got')}` },
    { name: `sftp get ${smallFiles} small files`, line: `get -r ${at('small')} ${at('got')}` },
    { name: `sftp put ${smallFiles} small files`, line: `put -r ${at('small')} ${at('got')}` },
  ];
  return [
    { name: `${stream} out`, run: (route) => streamOut(route, streamBytes) },
    { name: `${stream} in`, run: (route) => streamIn(route, streamBytes) },
    ...files.map(({ name, line }) => ({ name, run: moving(line, at('got'), smallFiles) })),
    { name: 'cold ssh host true', run: coldExec },
  ];
}

/** One `true` over the open connection, in seconds. */
export function warmExec({ warm, host, environment }: SshRoute): Promise<number> {
  return seconds(() => run('ssh', [...warm, host, 'true'], environment));
}

function coldExec({ cold, host, environment }: SshRoute): Promise<number> {
  return seconds(() => run('ssh', [...cold, host, 'true'], environment));
}

async function streamOut(route: SshRoute, bytes: number): Promise<number> {
  return counted(route, `ssh "$@" 'head -c ${bytes} /dev/zero' | wc -c`, bytes);
}

async function streamIn(route: SshRoute, bytes: number): Promise<number> {
  return counted(route, `head -c ${bytes} /dev/zero | ssh "$@" 'wc -c'`, bytes);
}

async function counted(
  { warm, host, environment }: SshRoute,
  script: string,
  bytes: number,
): Promise<number> {
  let said = '';
  const taken = await seconds(async () => {
    const { stdout } = await run('sh', ['-c', script, 'sh', ...warm, host], environment);
    said = stdout;
  });
  if (Number(said) !== bytes) throw new Error(`${said.trim()} of ${bytes} bytes arrived`);
  return taken;
}

function moving(line: string, made: string, smallFiles: number): SshWorkload['run'] {
  return async ({ warm, host, environment }) => {
    await rm(made, { recursive: true, force: true });
    const args = [...warm, '-q', '-b', '-', host];
    const many = line.includes(' -r ');
    // A folder is put into one that is there, and is made where it is fetched to.
    if (line.startsWith('put -r')) await mkdir(made);
    const taken = await seconds(() => run('sftp', args, environment, `${line}\n`));
    const arrived = many ? (await readdir(made, { recursive: true })).length : smallFiles;
    if (arrived < smallFiles) throw new Error(`${arrived} of ${smallFiles} files arrived`);
    return taken;
  };
}

function mega(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
