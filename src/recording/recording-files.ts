import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openPlainFile, readPlainFile } from './plain-file.ts';
import { metaFile, readMeta } from './recording-meta.ts';
import type { Kept } from './retention.ts';
import { readUploadState, type UploadState } from './upload-state.ts';

const sessionFolder = /^ses_[\w-]{1,80}$/;
const trackFile = /^(session\.ndjson|terminal-\d{1,6}\.cast)(\.sealed)?$/;

const mostMetaBytes = 2 ** 20;

export interface Found extends Kept {
  /** How much of it is in the bucket. */
  readonly upload: UploadState;
}

export interface Shelf {
  readonly found: readonly Found[];
  /** Folders whose description cannot be read, and what has such a name and is no folder. */
  readonly unreadable: readonly string[];
}

/** What an earlier gateway left in the folder. One bad recording does not keep others from it. */
export async function readShelf(folder: string): Promise<Shelf> {
  const found: Found[] = [];
  const unreadable: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (!isSessionFolder(name)) continue;
    if (!entry.isDirectory()) {
      unreadable.push(name);
      continue;
    }
    const own = path.join(folder, name);
    const text = await readPlainFile(path.join(own, metaFile), mostMetaBytes).catch(() => '');
    const meta = readMeta(text);
    const upload = await readUploadState(own).catch(() => null);
    if (meta === null || meta.id !== name || upload === null) unreadable.push(name);
    else found.push({ meta, upload, bytes: (await sizeOf(own)) + bytesElsewhere(upload) });
  }
  return { found, unreadable };
}

/** Of what is in the bucket alone. */
export function bytesElsewhere({ complete, stored }: UploadState): number {
  const tracks = stored.filter(({ name }) => isTrackFile(name));
  return complete ? tracks.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
}

export function isSessionFolder(name: string): boolean {
  return sessionFolder.test(name);
}

export function isTrackFile(name: string): boolean {
  return trackFile.test(name);
}

/** The files of one recording, by name. */
export async function trackFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter(isTrackFile).sort();
}

/** Bytes; 0 for what is not there any more. */
export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    bytes += (await stat(path.join(folder, name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

const pollMs = 200;
const chunkBytes = 64 * 1024;

/**
 * A file's bytes as they are stored. With `growing` it waits at the end for more, until that says
 * no, or the signal is aborted.
 */
export async function* fileBytes(
  file: string,
  growing: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const handle = await openPlainFile(file);
  try {
    while (!signal.aborted) {
      // Asked before the read: what was written until then is read.
      const more = growing();
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (!more) return;
      else await delay(pollMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await handle.close();
  }
}
