import { createHash } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StoredFile } from '../core/stored-file.ts';
import { metaFile, type RecordingMeta } from './recording-meta.ts';
import { syncFolder } from './sync-folder.ts';

/** Put in its place whole: a reader never sees half of it. `last`: durable once it resolves. */
export async function writeMeta(
  folder: string,
  meta: RecordingMeta,
  { last }: { readonly last: boolean },
): Promise<StoredFile> {
  const next = path.join(folder, `${metaFile}.new`);
  const text = Buffer.from(`${JSON.stringify(meta)}\n`);
  try {
    await writeFile(next, text, { mode: 0o600, flush: last });
    await rename(next, path.join(folder, metaFile));
  } catch (error) {
    await rm(next, { force: true }).catch(() => {});
    throw error;
  }
  if (last) await syncFolder(folder);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name: metaFile, bytes: text.length, sha256 };
}
