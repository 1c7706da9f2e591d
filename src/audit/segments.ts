import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The log's files: `records-000000000001.jsonl` begins with that record. */
export interface Segment {
  readonly file: string;
  readonly first: number;
}

/** A new file begins after so many records. */
export const recordsPerSegment = 100_000;

export async function listSegments(folder: string): Promise<readonly Segment[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => {
      const digits = /^records-(\d{12})\.jsonl$/.exec(name)?.[1];
      return digits === undefined ? [] : [{ file: path.join(folder, name), first: Number(digits) }];
    })
    .sort((a, b) => a.first - b.first);
}

export function segmentFile(folder: string, first: number): string {
  return path.join(folder, `records-${String(first).padStart(12, '0')}.jsonl`);
}

/** Appends whole lines; what a crash left half written is cut off as it is opened. */
export interface SegmentFile {
  readonly first: number;
  /** How many lines it had as it was opened, and the last of them. */
  readonly found: { readonly count: number; readonly last: string | undefined };
  append(lines: readonly string[]): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export async function openSegment(folder: string, first: number): Promise<SegmentFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = segmentFile(folder, first);
  const handle = await open(file, 'a+', 0o600);
  try {
    const text = await readFile(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    let size = Buffer.byteLength(whole);
    if (whole.length < text.length) await handle.truncate(size);
    await syncFolder(folder);
    return {
      first,
      found: contentOf(whole),
      async append(lines) {
        size = await appendAt(handle, size, `${lines.join('\n')}\n`);
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function contentOf(whole: string): SegmentFile['found'] {
  const lines = whole.split('\n').slice(0, -1);
  return { count: lines.length, last: lines.at(-1) };
}

/** What an earlier try left half written, on a full disk, goes first. Returns the new size. */
async function appendAt(handle: FileHandle, size: number, text: string): Promise<number> {
  if ((await handle.stat()).size !== size) await handle.truncate(size);
  await handle.appendFile(text);
  return size + Buffer.byteLength(text);
}

/** A new name in it is durable only then. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
