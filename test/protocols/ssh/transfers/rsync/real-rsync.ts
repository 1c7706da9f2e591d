import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TransferNote } from '../../../../../src/core/transfer-reader.ts';
import { readCommand } from '../../../../../src/protocols/ssh/shell/read-command.ts';
import { RsyncReader } from '../../../../../src/protocols/ssh/transfers/rsync/rsync-reader.ts';
import { transferReaderOf } from '../../../../../src/protocols/ssh/transfers/transfer-reader-of.ts';

const farEnd = path.join(import.meta.dirname, 'far-end.mjs');

export type Piece = { readonly side: 'input' | 'output'; readonly bytes: Buffer };

/** What both ends of one run of the real rsync sent each other, in the order in which it came. */
export interface Run {
  readonly code: number;
  readonly talk: string;
  /** As the remote shell gets it. */
  readonly command: string;
  readonly pieces: readonly Piece[];
}

export interface Reading {
  readonly notes: readonly TransferNote[];
  readonly gaveUp: string | null;
}

/** A place for one test; rsync's `host:` is this machine. */
export class Sandbox implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Sandbox> {
    return new Sandbox(await mkdtemp(path.join(tmpdir(), 'hoopx-rsync-')));
  }

  path(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  rsync(...args: readonly string[]): Promise<Run> {
    return this.#run({}, args);
  }

  /** `abilities`: what the client is said to be able to do, in place of `iLsfxCIvu`. */
  olderRsync(abilities: string, ...args: readonly string[]): Promise<Run> {
    return this.#run({ HOOPX_TEST_ABILITIES: abilities }, args);
  }

  async #run(older: Readonly<Record<string, string>>, args: readonly string[]): Promise<Run> {
    const file = this.path('pieces');
    await rm(file, { force: true });
    const env = { ...process.env, ...older, HOOPX_TEST_PIECES: file, RSYNC_RSH: '' };
    const all = ['-e', `${process.execPath} ${farEnd}`, ...args];
    const ended = await new Promise<{ code: number; talk: string }>((resolve) => {
      execFile('rsync', all, { env, cwd: this.folder, timeout: 30_000 }, (error, out, talk) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), talk: out + talk });
      });
    });
    return { ...ended, ...(await readPieces(file)) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

async function readPieces(file: string): Promise<Omit<Run, 'code' | 'talk'>> {
  const [first = '', ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const { command } = JSON.parse(first);
  const pieces = lines.map((line): Piece => {
    const { input, output } = JSON.parse(line);
    return input === undefined
      ? { side: 'output', bytes: Buffer.from(output, 'base64') }
      : { side: 'input', bytes: Buffer.from(input, 'base64') };
  });
  return { command, pieces };
}

/** Read as the gateway reads it. */
export function readRun({ command, pieces }: Pick<Run, 'command' | 'pieces'>): Reading {
  const reader = transferReaderOf(readCommand(command));
  if (!(reader instanceof RsyncReader)) throw new Error(`not read: ${command}`);
  const notes = pieces.flatMap(({ side, bytes }) => reader[side](bytes));
  return { notes: [...notes, ...reader.ended()], gaveUp: reader.gaveUp };
}

/** Lines of what was told apart: path, bytes, digest. */
export function filesOf({ notes }: Reading): string[] {
  return notes
    .flatMap((note) => (note.kind === 'file' ? [note.file] : []))
    .map(({ path: at, bytes, sha256, problem }) =>
      [at, bytes, sha256 ?? 'none', ...(problem === undefined ? [] : [problem])].join(' '),
    )
    .sort();
}

/** The same of what is really there, below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const lines = files.map(async (entry) => {
    const at = path.join(entry.parentPath, entry.name);
    const contents = await readFile(at);
    return [at, contents.length, createHash('sha256').update(contents).digest('hex')].join(' ');
  });
  return (await Promise.all(lines)).sort();
}
