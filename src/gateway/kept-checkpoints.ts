import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

export interface KeptText {
  readonly name: string;
  readonly text: string;
}

/**
 * What was kept elsewhere: a file, or every `.jsonl` file in a folder and below, as a checkout of
 * a git anchor or a copy of a bucket is. @throws UserError USAGE
 */
export async function keptCheckpoints(place: string): Promise<readonly KeptText[]> {
  try {
    if (!(await stat(place)).isDirectory()) return [await read(place)];
    const names = await readdir(place, { recursive: true });
    const files = names.filter((name) => name.endsWith('.jsonl')).sort();
    if (files.length === 0) throw new Error('it has no .jsonl file');
    const texts: KeptText[] = [];
    for (const name of files) texts.push(await read(path.join(place, name)));
    return texts;
  } catch (cause) {
    const hint = cause instanceof Error ? cause.message : '';
    const about = { code: 'USAGE', exitCode: exitCodes.usage, hint, cause };
    throw new UserError(`${place} cannot be read`, about);
  }
}

async function read(file: string): Promise<KeptText> {
  return { name: file, text: await readFile(file, 'utf8') };
}
