import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readIfPresent, writePrivateFile } from '../config/private-file.ts';
import type { CredentialStore } from './credential-store.ts';

/** One 0600 file for each, for machines without a keychain. */
export function fileCredentials(state: string, folder = 'credentials'): CredentialStore {
  const fileOf = (key: string) => path.join(state, folder, `${key}.json`);
  return {
    place: 'file',
    read: (key) => readIfPresent(fileOf(key)),
    write: (key, text) => writePrivateFile(fileOf(key), text),
    remove: (key) => rm(fileOf(key), { force: true }),
  };
}
