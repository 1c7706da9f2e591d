import { boundedPath, type FilePlace } from '../../../core/transfer-reader.ts';

/** What a shell takes for a pattern, or for somebody's home. */
export const special = /[*?[\]{}$`~]/;

/** Whether a target is written as a folder; whether another one is, only the server knows. */
export function isFolder(target: string): boolean {
  return target === '~' || /(?:^|\/)\.{0,2}$/.test(target);
}

export function boundedPlace({ path, name }: FilePlace): FilePlace {
  return name === undefined
    ? { path: boundedPath(path) }
    : { path: boundedPath(path), name: boundedPath(name) };
}
