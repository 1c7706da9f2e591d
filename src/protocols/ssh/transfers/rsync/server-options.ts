import { NotUnderstood } from './not-understood.ts';

export interface Word {
  readonly text: string;
  /** Null where an expansion decides. */
  readonly exact: string | null;
}

/** What the words of `rsync --server …` say about the bytes that will follow. */
export interface ServerOptions {
  /** The server sends, and the client receives. */
  readonly sends: boolean;
  /** Letters of the other short options. */
  readonly letters: ReadonlySet<string>;
  /** Long ones, with their value, or an empty one. */
  readonly long: ReadonlyMap<string, string>;
  /** The target, or what is asked for. */
  readonly paths: readonly string[];
}

/** These do not change what is sent, or it is known how (options.c, `server_options`). */
const knownLetters: ReadonlySet<string> = new Set('bcCdDEgHIJkKlLmnoOpqrRsStuUvWxyz');

const withValue: ReadonlySet<string> = new Set([
  ...['timeout', 'bwlimit', 'backup-dir', 'suffix', 'checksum-choice', 'checksum-seed'],
  ...['partial-dir', 'temp-dir', 'max-size', 'min-size', 'max-alloc', 'max-delete'],
  ...['modify-window', 'compress-level', 'compress-choice', 'skip-compress', 'usermap'],
  ...['groupmap', 'log-format', 'out-format', 'info', 'debug', 'files-from', 'link-dest'],
  ...['compare-dest', 'copy-dest', 'block-size', 'stop-after', 'stop-at', 'compress-threads'],
]);

const withoutValue: ReadonlySet<string> = new Set([
  ...['list-only', 'partial', 'delete', 'delete-before', 'delete-during', 'delete-delay'],
  ...['delete-after', 'delete-excluded', 'delete-missing-args', 'ignore-missing-args'],
  ...['force', 'write-devices', 'stats', 'size-only', 'existing', 'ignore-existing'],
  ...['ignore-errors', 'copy-unsafe-links', 'safe-links', 'munge-links', 'numeric-ids'],
  ...['no-implied-dirs', 'inplace', 'append', 'delay-updates', 'from0', 'use-qsort'],
  ...['remove-source-files', 'mkpath', 'open-noatime', 'preallocate', 'msgs2stderr'],
  ...['no-msgs2stderr', 'new-compress', 'old-compress', 'specials', 'no-specials', 'fsync'],
]);

export function readServerOptions(all: readonly Word[]): ServerOptions {
  const words = all.map(({ text }) => text);
  const long = new Map<string, string>();
  const letters = new Set<string>();
  let at = 0;
  for (; words[at]?.startsWith('-'); at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('--')) at += readLong(word, words[at + 1], long);
    else if (!/^-B\d+$/.test(word)) readCluster(word, letters);
  }
  if (all.slice(0, at).some(({ exact }) => exact === null)) {
    throw new NotUnderstood('an expansion among the options');
  }
  // Between options and paths there is a dot.
  if (at < words.length && words[at] !== '.') {
    throw new NotUnderstood('no dot in front of the paths');
  }
  const sends = long.has('sender');
  return { sends, letters, long, paths: words.slice(at + 1) };
}

/** Returns how many more words belong to it. */
function readLong(word: string, next: string | undefined, long: Map<string, string>): number {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  if (withValue.has(name)) {
    long.set(name, equals < 0 ? (next ?? '') : word.slice(equals + 1));
    return equals < 0 ? 1 : 0;
  }
  const known = withoutValue.has(name) || name === 'server' || name === 'sender';
  if (!known || equals >= 0) throw new NotUnderstood(`the option --${name}`);
  long.set(name, '');
  return 0;
}

/** Behind `e` the rest of its word says what the client can do; what comes of it both ends tell. */
function readCluster(word: string, letters: Set<string>): void {
  const end = word.indexOf('e');
  for (const letter of word.slice(1, end < 0 ? undefined : end)) {
    if (!knownLetters.has(letter)) throw new NotUnderstood(`the option -${letter}`);
    letters.add(letter);
  }
  // Of 3.2.0 before its release, which wrote a number in another way.
  if (end >= 0 && word.includes('V', end)) throw new NotUnderstood('the option -eV');
}
