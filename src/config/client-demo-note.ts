import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isLoopback } from '../core/loopback.ts';
import type { ClientPaths } from './client-environment.ts';
import { isErrno, readIfPresent, writePrivateFile } from './private-file.ts';

/** How `hoopx dev` lets the CLI of the same user find it. */
export interface DemoNote {
  readonly gateway: string;
  /** File with the certificate, PEM; null when the gateway speaks plain HTTP on loopback. */
  readonly ca: string | null;
  readonly dir: string;
  readonly issuer: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** One file for each demo, so that several need no lock: `$XDG_STATE_HOME/hoopx/demos/PID-PORT.json`. */
export async function writeDemoNote(paths: ClientPaths, note: DemoNote): Promise<void> {
  await writePrivateFile(noteFile(paths, note), `${JSON.stringify(note)}\n`);
}

export async function removeDemoNote(
  paths: ClientPaths,
  note: Pick<DemoNote, 'pid' | 'gateway'>,
): Promise<void> {
  await rm(noteFile(paths, note), { force: true });
}

/** The demos that run now, the newest first. Notes of processes that are gone are removed. */
export async function readDemoNotes(paths: ClientPaths): Promise<readonly DemoNote[]> {
  const notes: DemoNote[] = [];
  for (const name of noteNames(paths)) {
    const file = path.join(notesFolder(paths), name);
    const note = parseNote(await readIfPresent(file));
    if (note !== null && isRunning(note.pid)) notes.push(note);
    else await rm(file, { force: true });
  }
  return notes.sort((a, b) => b.startedAt - a.startedAt);
}

function noteNames(paths: ClientPaths): readonly string[] {
  try {
    const names = readdirSync(notesFolder(paths));
    return names.filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}

function notesFolder(paths: ClientPaths): string {
  return path.join(paths.state, 'demos');
}

function noteFile(paths: ClientPaths, note: Pick<DemoNote, 'pid' | 'gateway'>): string {
  return path.join(notesFolder(paths), `${note.pid}-${new URL(note.gateway).port}.json`);
}

function parseNote(text: string | null): DemoNote | null {
  if (text === null) return null;
  try {
    const note: unknown = JSON.parse(text);
    return isNote(note) ? note : null;
  } catch {
    return null;
  }
}

function isNote(value: unknown): value is DemoNote {
  if (typeof value !== 'object' || value === null) return false;
  const note: Partial<Record<keyof DemoNote, unknown>> = value;
  return (
    isLoopbackUrl(note.gateway) &&
    isLoopbackUrl(note.issuer) &&
    (note.ca === null || typeof note.ca === 'string') &&
    typeof note.dir === 'string' &&
    typeof note.pid === 'number' &&
    typeof note.startedAt === 'number'
  );
}

function isLoopbackUrl(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && isLoopback(new URL(value).hostname);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
