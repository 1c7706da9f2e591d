import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClientGuide, Place } from './guides/client-guide.ts';

/** A file that clients of one tunnel are pointed at; readable by its owner alone. */
export interface GuideFile {
  /** Empty where the protocol needs none. */
  readonly path: string;
  remove(): Promise<void>;
}

/** A folder of its own for each run, so that no two runs ever share a file, nor the user's own. */
export async function writeGuideFile({ file }: ClientGuide, place: Place): Promise<GuideFile> {
  if (file === null) return { path: '', remove: async () => {} };
  const text = file.text(place);
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const at = path.join(folder, file.name);
    await writeFile(at, text, { mode: 0o600, flag: 'wx' });
    return { path: at, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
