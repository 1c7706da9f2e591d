import { chmodSync, closeSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the file, and folders that are missing, for this user alone, and takes others' access
 * from a file that is there. Existing folders stay as they are: they may not be ours.
 * SQLite gives its side files the mode of the main one. Returns the file's real path.
 */
export function openPrivateFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  return realpathSync(path);
}
