import { posix } from 'node:path';
import { dequote, type ShellWord } from './words.ts';

/** `.`, `..` and doubled slashes resolved as text: what a link leads to is not known here. */
export function normalPath(path: string): string {
  return path === '' ? '' : posix.normalize(path).replace(/^\/\//, '/');
}

/** Null where an expansion decides which file it is. `~/…` stays as it is. */
export function knownPath(word: ShellWord): string | null {
  if (word.exact !== null) return normalPath(word.exact);
  const home = /^~\/(.*)$/s.exec(word.text);
  if (word.prefix !== '~' || word.many || home === null) return null;
  const below = home[1] ?? '';
  if (!dequote(below).complete || below.split('/').includes('..')) return null;
  return `~/${normalPath(below)}`;
}

/**
 * The same, and patterns, which stay as written: a pattern without dots at the beginning of a
 * segment cannot leave the folder that it stands in.
 */
export function knownPattern(word: ShellWord): string | null {
  const path = knownPath(word);
  if (path !== null) return path;
  const { text } = word;
  if (word.many || /[$`{}~\\'"()]/.test(text.replace(/^~\//, ''))) return null;
  const patterned = text.split('/').filter((segment) => /[*?[]/.test(segment));
  if (patterned.some((segment) => /^[.[]/.test(segment))) return null;
  return text.split('/').includes('..') ? null : text;
}
