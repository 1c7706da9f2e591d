import { createHash } from 'node:crypto';
import { type FileHandle, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ObjectStore, ObjectStoreError } from '../core/object-store.ts';
import { openPlainFile } from './plain-file.ts';
import { trackFiles } from './recording-files.ts';
import { metaFile } from './recording-meta.ts';
import type { OpenUpload, UploadState } from './upload-state.ts';

export interface Upload {
  /** The recording's id: its objects are `ID/NAME`. */
  readonly id: string;
  readonly folder: string;
  readonly store: ObjectStore;
  state(): UploadState;
  /** Durable once it resolves. */
  save(state: UploadState): Promise<void>;
}

/** In memory at a time. S3 wants 5 MiB at least, and 10,000 parts at most. */
const usualPartBytes = 8 * 2 ** 20;
const mostParts = 9_000;

/** Takes all of an ended recording to the bucket, going on where it broke off, then clears the folder. */
export async function uploadRecording(upload: Upload): Promise<void> {
  const { folder, state, save } = upload;
  if (!state().complete) {
    // The description comes last: where that is, the rest is.
    for (const name of [...(await trackFiles(folder)), metaFile]) {
      if (!state().stored.some((stored) => stored.name === name)) await uploadFile(upload, name);
    }
    await save({ ...state(), complete: true });
  }
  for (const name of await trackFiles(folder)) await rm(path.join(folder, name), { force: true });
}

export function objectKey(id: string, name: string): string {
  return `${id}/${name}`;
}

async function uploadFile(upload: Upload, name: string): Promise<void> {
  const { id, folder, store, state, save } = upload;
  const key = objectKey(id, name);
  const handle = await openPlainFile(path.join(folder, name));
  try {
    const { size } = await handle.stat();
    if (size <= usualPartBytes) await store.put(key, await bytesAt(handle, 0, size));
    else await uploadParts(upload, { name, key, size, handle });
    const there = await store.size(key);
    if (there !== size) throw new Error(`the bucket has ${there} bytes of ${key}, not ${size}`);
    const stored = { name, bytes: size, sha256: await sha256Of(handle, size) };
    await save({ ...state(), stored: [...state().stored, stored], open: null });
  } finally {
    await handle.close();
  }
}

interface LargeFile {
  readonly name: string;
  readonly key: string;
  readonly size: number;
  readonly handle: FileHandle;
}

async function uploadParts(upload: Upload, file: LargeFile): Promise<void> {
  const { store, state, save } = upload;
  const { name, key, size, handle } = file;
  const keep = async (open: OpenUpload | null) => save({ ...state(), open });
  try {
    const open = state().open?.name === name ? state().open : null;
    let going = open ?? (await begin(store, file));
    if (open === null) await keep(going);
    for (let at = going.parts.length * going.partBytes; at < size; at += going.partBytes) {
      const number = going.parts.length + 1;
      const bytes = await bytesAt(handle, at, Math.min(going.partBytes, size - at));
      const etag = await store.putPart(key, going.upload, number, bytes);
      going = { ...going, parts: [...going.parts, { number, etag }] };
      await keep(going);
    }
    await store.finish(key, going.upload, going.parts);
  } catch (error) {
    if (!(error instanceof ObjectStoreError && error.code === 'NoSuchUpload')) throw error;
    // Finished, and the answer was lost; or the bucket has dropped it: then all anew.
    if ((await store.size(key)) === size) return;
    await keep(null);
    throw error;
  }
}

async function begin(store: ObjectStore, { name, key, size }: LargeFile): Promise<OpenUpload> {
  const partBytes = Math.max(usualPartBytes, Math.ceil(size / mostParts));
  return { name, upload: await store.begin(key), partBytes, parts: [] };
}

async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let have = 0; have < length; ) {
    const { bytesRead } = await handle.read(bytes, have, length - have, at + have);
    if (bytesRead === 0) throw new Error('the file has become shorter');
    have += bytesRead;
  }
  return bytes;
}

async function sha256Of(handle: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += 2 ** 20) {
    hash.update(await bytesAt(handle, at, Math.min(2 ** 20, size - at)));
  }
  return hash.digest('hex');
}
