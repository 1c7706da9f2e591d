import { unwatchFile, watchFile } from 'node:fs';

const everyMs = 500;

/** Calls back each time the file was saved, until aborted. Looks at it, since editors replace files. */
export function watchSaved(file: string, signal: AbortSignal, saved: () => void): void {
  const look = (now: { mtimeMs: number; size: number }, before: { mtimeMs: number }) => {
    if (now.mtimeMs !== 0 && now.mtimeMs !== before.mtimeMs) saved();
  };
  watchFile(file, { interval: everyMs, persistent: false }, look);
  signal.addEventListener('abort', () => unwatchFile(file, look), { once: true });
}
