import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { StoredFile } from '../core/stored-file.ts';
import { fileBytes, trackFiles } from './recording-files.ts';
import { metaFile } from './recording-meta.ts';
import { readUploadState } from './upload-state.ts';

/**
 * The files of a recording whose gateway was killed, as they lie there, and as they were when they
 * were taken to the bucket. None where there is no folder. Throws for what cannot be read.
 */
export async function leftFiles(folder: string): Promise<readonly StoredFile[]> {
  const own = await found(folder);
  if (own === null) return [];
  if (!own.isDirectory()) throw new Error(`${folder} is no folder`);
  const names = [...(await trackFiles(folder))];
  if ((await found(path.join(folder, metaFile))) !== null) names.push(metaFile);
  const here: StoredFile[] = [];
  for (const name of names) here.push({ name, ...(await digestOf(path.join(folder, name))) });
  const { stored } = await readUploadState(folder);
  const elsewhere = stored.filter(({ name }) => !names.includes(name));
  return [...here, ...elsewhere].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of all its bytes, in constant memory. */
export async function digestOf(file: string): Promise<Omit<StoredFile, 'name'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of fileBytes(file, () => false, new AbortController().signal)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function found(place: string): Promise<Stats | null> {
  return lstat(place).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
}
