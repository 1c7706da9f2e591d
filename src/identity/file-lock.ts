import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno, makePrivateFolder } from '../config/private-file.ts';

export interface LockOptions {
  /** How long to wait for another holder. */
  readonly patienceMs: number;
  /** A lock that is older is taken over: whoever held it is stuck, or its pid is somebody else's. */
  readonly staleAfterMs: number;
}

const retryMs = 25;

/**
 * Runs `work` while no other process of this user runs one under the same lock file.
 * Null when it could not be had in time, and then nothing was run.
 */
export async function withFileLock<T>(
  file: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | null> {
  const mark = `${process.pid} ${randomUUID()}`;
  if (!(await acquire(file, mark, options))) return null;
  try {
    return { value: await work() };
  } finally {
    // Taken over from us as stale: then it is not ours to remove.
    if ((await markOf(file)) === mark) await rm(file, { force: true });
  }
}

async function acquire(file: string, mark: string, options: LockOptions): Promise<boolean> {
  await makePrivateFolder(path.dirname(file));
  const deadline = Date.now() + options.patienceMs;
  for (;;) {
    if (await create(file, mark)) return true;
    await removeStale(file, options.staleAfterMs);
    if (Date.now() >= deadline) return false;
    await delay(retryMs + Math.random() * retryMs);
  }
}

async function create(file: string, mark: string): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    await handle.writeFile(mark);
  } finally {
    await handle.close();
  }
  return true;
}

/**
 * Moves a stale lock away. Between looking and moving it may have become somebody's fresh
 * lock: that one is put back, without replacing a third.
 */
async function removeStale(file: string, staleAfterMs: number): Promise<void> {
  const mark = await markOf(file);
  if (mark === null || !(await isStale(file, mark, staleAfterMs))) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await markOf(aside)) !== mark) await link(aside, file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT') && !isErrno(error, 'EEXIST')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function isStale(file: string, mark: string, staleAfterMs: number): Promise<boolean> {
  const pid = Number.parseInt(mark, 10);
  if (Number.isInteger(pid) && pid !== process.pid && !isAlive(pid)) return true;
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleAfterMs;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

async function markOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
