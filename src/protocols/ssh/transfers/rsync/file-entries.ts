import { NotUnderstood } from './not-understood.ts';
import { int32, uint16, varint, varlong } from './numbers.ts';
import { type ByteSource, type Reading, skip, whole } from './reading.ts';
import type { ServerOptions } from './server-options.ts';
import type { Terms } from './terms.ts';

export interface FileEntry {
  /** Below what is transferred, one character a byte. */
  readonly name: string;
  readonly size: number;
  readonly mode: number;
}

/** rsync.h, `XMIT_…`. Some mean one thing for folders, or with others, and another thing else. */
const flag = {
  sameMode: 1 << 1,
  extended: 1 << 2,
  sameUser: 1 << 3,
  sameGroup: 1 << 4,
  sameName: 1 << 5,
  longName: 1 << 6,
  sameTime: 1 << 7,
  sameMajor: 1 << 8,
  hardLink: 1 << 9,
  userName: 1 << 10,
  groupName: 1 << 11,
  firstLink: 1 << 12,
  endWithError: 1 << 12,
  nanoseconds: 1 << 13,
  sameAccessTime: 1 << 14,
} as const;
const knownFlags = 0x7fff;
const ownersKnown = flag.sameUser | flag.sameGroup;
const longestName = 4096;

const format = { mask: 0o170000, file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const devices: ReadonlySet<number> = new Set([0o020000, 0o060000]);
const specials: ReadonlySet<number> = new Set([0o010000, 0o140000]);

export function isFile(mode: number): boolean {
  return (mode & format.mask) === format.file;
}

export function isFolder(mode: number): boolean {
  return (mode & format.mask) === format.folder;
}

/**
 * Reads the entries of lists (flist.c, `recv_file_entry`). Each leaves out what is as in the one
 * before, in the list before it too.
 */
export class FileEntries {
  readonly #terms: Terms;
  readonly #options: ServerOptions;
  #name = '';
  #mode = 0;

  constructor(terms: Terms, options: ServerOptions) {
    this.#terms = terms;
    this.#options = options;
  }

  /**
   * Null at the end of a list. `earlier`: an entry of this list by its index, for hard links;
   * null where that is of a list before it.
   */
  *next(
    source: ByteSource,
    earlier: (index: number) => FileEntry | null,
  ): Reading<FileEntry | null> {
    const flags = yield* this.#flags(source);
    if (flags === null) return null;
    if ((flags & ~knownFlags) !== 0) throw new NotUnderstood('a flag of a file in a list');
    this.#name = yield* this.#readName(source, flags);
    const name = this.#name;
    if ((flags & (flag.hardLink | flag.firstLink)) === flag.hardLink) {
      const first = earlier(yield* varint(source));
      if (first !== null) {
        this.#mode = first.mode;
        return { name, size: first.size, mode: first.mode };
      }
    }
    const size = yield* varlong(source, 3);
    if (!Number.isSafeInteger(size)) throw new NotUnderstood('a size of a file in a list');
    yield* this.#readTimesAndMode(source, flags);
    if ((flags & ownersKnown) !== ownersKnown) yield* this.#readOwners(source, flags);
    yield* this.#readKind(source, flags);
    return { name, size, mode: this.#mode };
  }

  *#flags(source: ByteSource): Reading<number | null> {
    if (this.#terms.varintFlags) {
      const flags = yield* varint(source);
      if (flags !== 0) return flags;
      yield* varint(source);
      return null;
    }
    const low = yield* source.byte();
    if (low === 0) return null;
    if ((low & flag.extended) === 0) return low;
    const flags = low + (yield* source.byte()) * 256;
    if (flags !== (flag.extended | flag.endWithError) || !this.#terms.safeList) return flags;
    yield* varint(source);
    return null;
  }

  *#readName(source: ByteSource, flags: number): Reading<string> {
    const shared = flags & flag.sameName ? yield* source.byte() : 0;
    const rest = yield* flags & flag.longName ? varint(source) : source.byte();
    if (shared > this.#name.length || rest < 0 || shared + rest > longestName) {
      throw new NotUnderstood('the length of a name in a list');
    }
    const bytes = yield* whole(source, rest);
    if (shared + rest === 0 || bytes.includes(0)) throw new NotUnderstood('a name in a list');
    return this.#name.slice(0, shared) + bytes.toString('latin1');
  }

  *#readTimesAndMode(source: ByteSource, flags: number): Reading<void> {
    if (!(flags & flag.sameTime)) yield* varlong(source, 4);
    if (flags & flag.nanoseconds) yield* varint(source);
    if (!(flags & flag.sameMode)) this.#mode = yield* int32(source);
    const accessed = this.#options.letters.has('U') && !isFolder(this.#mode);
    if (accessed && !(flags & flag.sameAccessTime)) yield* varlong(source, 4);
  }

  *#readOwners(source: ByteSource, flags: number): Reading<void> {
    const { letters } = this.#options;
    if (letters.has('o') && !(flags & flag.sameUser)) {
      yield* varint(source);
      if (flags & flag.userName) yield* skip(source, yield* source.byte());
    }
    if (letters.has('g') && !(flags & flag.sameGroup)) {
      yield* varint(source);
      if (flags & flag.groupName) yield* skip(source, yield* source.byte());
    }
  }

  *#readKind(source: ByteSource, flags: number): Reading<void> {
    const { letters } = this.#options;
    if (this.#hasNumber()) {
      if (!(flags & flag.sameMajor)) yield* varint(source);
      yield* varint(source);
    }
    if (letters.has('l') && (this.#mode & format.mask) === format.link) {
      const length = yield* varint(source);
      if (length < 0 || length > longestName) throw new NotUnderstood('a link in a list');
      yield* skip(source, length);
    }
    if (letters.has('c') && isFile(this.#mode)) yield* skip(source, this.#terms.listSum);
  }

  #hasNumber(): boolean {
    const { letters, long } = this.#options;
    const kind = this.#mode & format.mask;
    if (devices.has(kind)) return letters.has('D');
    if (!specials.has(kind) || this.#terms.protocol >= 31) return false;
    return long.has('specials') || (letters.has('D') && !long.has('no-specials'));
  }
}

/** Behind a list that is all there is: names of the ids in it (uidlist.c). */
export function* skipIdNames(
  source: ByteSource,
  terms: Terms,
  { letters, long }: ServerOptions,
): Reading<void> {
  if (long.has('numeric-ids')) return;
  for (const owner of ['o', 'g']) {
    if (!letters.has(owner)) continue;
    while ((yield* varint(source)) !== 0) yield* skip(source, yield* source.byte());
    if (terms.idZeroNames) yield* skip(source, yield* source.byte());
  }
}

/** What a sender says of one file before its contents (rsync.h, `ITEM_…`). */
const item = { basis: 1 << 11, otherName: 1 << 12, transfer: 1 << 15 } as const;

/** Whether contents follow. */
export function* readItem(source: ByteSource): Reading<boolean> {
  const flags = yield* uint16(source);
  if (flags & item.basis) yield* source.byte();
  if (flags & item.otherName) yield* skipText(source);
  return (flags & item.transfer) !== 0;
}

function* skipText(source: ByteSource): Reading<void> {
  const first = yield* source.byte();
  yield* skip(source, first < 0x80 ? first : (first - 0x80) * 256 + (yield* source.byte()));
}
