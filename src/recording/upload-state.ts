import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PutPart } from '../core/object-store.ts';
import type { StoredFile } from '../core/stored-file.ts';
import { readPlainFile } from './plain-file.ts';
import { syncFolder } from './sync-folder.ts';

/** An upload in parts that is not finished. */
export interface OpenUpload {
  readonly name: string;
  readonly upload: string;
  readonly partBytes: number;
  readonly parts: readonly PutPart[];
}

/** How much of one recording is in the bucket; kept beside it, durable before anything rests on it. */
export interface UploadState {
  readonly schema: 'hoopx.recording-upload/v1';
  readonly stored: readonly StoredFile[];
  readonly open: OpenUpload | null;
  /** All of it is there: what is here can go. */
  readonly complete: boolean;
}

export const nothingStored: UploadState = {
  ...{ schema: 'hoopx.recording-upload/v1', stored: [], open: null, complete: false },
};

const stateFile = 'upload.json';
/** Ten times what a session with a hundred thousand terminals has. */
const mostBytes = 128 * 2 ** 20;

/** Throws where there is one that cannot be read: what was stored would be forgotten. */
export async function readUploadState(folder: string): Promise<UploadState> {
  const text = await readPlainFile(path.join(folder, stateFile), mostBytes).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    },
  );
  if (text === null) return nothingStored;
  const value: unknown = JSON.parse(text);
  if (isState(value)) return value;
  throw new Error(`${stateFile} is not one`);
}

export async function writeUploadState(folder: string, state: UploadState): Promise<void> {
  const next = path.join(folder, `${stateFile}.new`);
  try {
    const handle = await open(next, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(state)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, path.join(folder, stateFile));
    await syncFolder(folder);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

function isState(value: unknown): value is UploadState {
  return (
    isRecord(value) &&
    value.schema === 'hoopx.recording-upload/v1' &&
    typeof value.complete === 'boolean' &&
    Array.isArray(value.stored) &&
    value.stored.every(
      (each) =>
        isRecord(each) &&
        typeof each.name === 'string' &&
        typeof each.bytes === 'number' &&
        typeof each.sha256 === 'string',
    ) &&
    (value.open === null || isOpen(value.open))
  );
}

function isOpen(value: unknown): value is OpenUpload {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.upload === 'string' &&
    typeof value.partBytes === 'number' &&
    value.partBytes > 0 &&
    Array.isArray(value.parts) &&
    value.parts.every(
      (part) => isRecord(part) && typeof part.number === 'number' && typeof part.etag === 'string',
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
