import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from './private-file.ts';

/** The user's own configuration of `ssh`, of which only one line is ever ours. */
export function userSshConfig(home: string): string {
  return path.join(home, '.ssh', 'config');
}

/**
 * Puts the line at the top, where it is outside of every Host block; once. The rest stays, byte
 * for byte, with its mode, and so does a link to where the file really is. False when nothing
 * had to change.
 */
export function installInclude(file: string, line: string): Promise<boolean> {
  return change(file, line, (rest, own) => [own, ...rest]);
}

/** False when it was not there. */
export function removeInclude(file: string, line: string): Promise<boolean> {
  return change(file, line, (rest) => rest);
}

async function change(
  file: string,
  line: string,
  edit: (rest: readonly string[], own: string) => readonly string[],
): Promise<boolean> {
  const { target, before, mode } = await current(file);
  // Text in whatever encoding: each byte is one character.
  const own = Buffer.from(line, 'utf8').toString('latin1');
  const lines = before.toString('latin1').split('\n');
  const after = edit(
    lines.filter((each) => each.trim() !== own),
    own,
  ).join('\n');
  const bytes = Buffer.from(after, 'latin1');
  if (bytes.equals(before)) return false;
  await replace(target, bytes, mode);
  return true;
}

interface Current {
  /** Where a link leads. */
  readonly target: string;
  readonly before: Buffer;
  readonly mode: number;
}

async function current(file: string): Promise<Current> {
  try {
    const target = await realpath(file);
    const { mode } = await stat(target);
    return { target, before: await readFile(target), mode: mode & 0o777 };
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    return { target: file, before: Buffer.alloc(0), mode: 0o600 };
  }
}

async function replace(file: string, bytes: Buffer, mode: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(draft, mode);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
