import { posix } from 'node:path';

const slash = 0x2f;
const slashBytes = Buffer.from('/');
const dot = Buffer.from('.');
const dotDot = Buffer.from('..');

export function isAbsolute(path: Buffer): boolean {
  return path[0] === slash;
}

export interface NamedIn {
  readonly parent: Buffer;
  readonly name: Buffer;
}

/** A path as a name in a folder; null where it ends in none: `/`, `a/..`, `.`, empty. */
export function namedIn(path: Buffer): NamedIn | null {
  let end = path.length;
  while (end > 0 && path[end - 1] === slash) end -= 1;
  if (end === 0) return null;
  const at = path.lastIndexOf(slash, end - 1);
  const name = path.subarray(at + 1, end);
  if (name.equals(dot) || name.equals(dotDot)) return null;
  if (at === -1) return { parent: dot, name };
  return { parent: at === 0 ? slashBytes : path.subarray(0, at), name };
}

/** A trailing slash makes the system follow a link that it would else take as itself. */
export function endsInSlash(path: Buffer): boolean {
  return path[path.length - 1] === slash;
}

export function join(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, slashBytes, name]);
}

/**
 * As text, without `.`, `..` and needless slashes, which says nothing of symbolic links.
 * Bytes that are not UTF-8 become U+FFFD: a name cannot get out of its folder by that.
 */
export function normalText(absolute: Buffer): string {
  return posix.resolve('/', absolute.toString('utf8'));
}

export function absoluteText(home: Buffer, path: Buffer): string {
  return normalText(isAbsolute(path) ? path : join(home, path));
}
