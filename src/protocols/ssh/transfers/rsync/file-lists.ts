import { type FileEntries, type FileEntry, isFile, isFolder } from './file-entries.ts';
import { NotUnderstood } from './not-understood.ts';
import type { ByteSource, Reading } from './reading.ts';
import { SortedRuns } from './sorted-runs.ts';

/** What is kept of lists at one time, each list being one more entry. */
const mostEntries = 64 * 1024;
const mostNameBytes = 4 * 1024 * 1024;

/** A file whose contents came twice failed to arrive once, and is not sent again. */
const mostTimes = 2;

export interface ListedFile {
  readonly name: string;
  readonly size: number;
  times: number;
}

interface List {
  /** Index of its first entry. */
  readonly start: number;
  readonly count: number;
  readonly nameBytes: number;
  /** Null for what is no file. */
  readonly files: readonly (ListedFile | null)[];
}

/**
 * The lists that files are chosen from by their index: its place in the order of names, counted
 * through all lists. In between lists one is left out, for the folder that the next one is of.
 */
export class FileLists {
  readonly #entries: FileEntries;
  #lists: List[] = [];
  /** Lists at its beginning that are done with. */
  #dropped = 0;
  #next: number;
  #kept = 0;
  #nameBytes = 0;
  #only: FileEntry | null = null;

  constructor(entries: FileEntries, incremental: boolean) {
    this.#entries = entries;
    this.#next = incremental ? 1 : 0;
  }

  get count(): number {
    return this.#lists.length - this.#dropped;
  }

  /** Where the first list has one entry and no other, that is no folder. */
  get isOneFile(): boolean {
    return this.#only !== null && !isFolder(this.#only.mode);
  }

  *read(source: ByteSource): Reading<void> {
    const start = this.#next;
    const entries: FileEntry[] = [];
    const sorted = new SortedRuns<ListedFile | null>();
    const room = mostEntries - this.#kept;
    let nameBytes = 0;
    const earlier = (index: number) => earlierOf(entries, index, start);
    for (;;) {
      if (entries.length >= room || nameBytes + this.#nameBytes > mostNameBytes) {
        throw new NotUnderstood(`more than ${mostEntries} names at one time`);
      }
      const entry = yield* this.#entries.next(source, earlier);
      if (entry === null) break;
      nameBytes += entry.name.length;
      entries.push(entry);
      const { name, size, mode } = entry;
      sorted.add(orderOf(entry), isFile(mode) ? { name, size, times: 0 } : null);
    }
    this.#only = start <= 1 && entries.length === 1 ? (entries[0] ?? null) : null;
    this.#keep({ start, count: entries.length, nameBytes, files: sorted.all() });
  }

  /** All of its files have been dealt with. */
  dropFirst(): void {
    const list = this.#lists[this.#dropped];
    if (list === undefined) return;
    this.#kept -= list.count + 1;
    this.#nameBytes -= list.nameBytes;
    this.#dropped += 1;
    if (this.#dropped * 2 < this.#lists.length) return;
    this.#lists = this.#lists.slice(this.#dropped);
    this.#dropped = 0;
  }

  /** One whose contents follow. */
  file(index: number): ListedFile {
    const list = this.#listOf(index);
    const file = list?.files[index - list.start] ?? null;
    if (file === null) throw new NotUnderstood('contents of what is no file of a list');
    file.times += 1;
    if (file.times > mostTimes) throw new NotUnderstood('contents of the same file once more');
    return file;
  }

  /** The last one that begins there or before. */
  #listOf(index: number): List | undefined {
    let low = this.#dropped;
    let high = this.#lists.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lists[middle]?.start ?? 0) <= index) low = middle;
      else high = middle;
    }
    return this.#lists[low];
  }

  #keep(list: List): void {
    this.#lists.push(list);
    this.#next = list.start + list.count + 1;
    this.#kept += list.count + 1;
    this.#nameBytes += list.nameBytes;
  }
}

function earlierOf(entries: readonly FileEntry[], index: number, start: number): FileEntry | null {
  const entry = entries[index - start];
  if (index < 0 || (index >= start && entry === undefined)) {
    throw new NotUnderstood('a hard link in a list');
  }
  return entry ?? null;
}

/**
 * Compared byte by byte this gives rsync's order (flist.c, `f_name_cmp`): a folder is compared as
 * if it ended in a slash, and what is no folder comes before all folders beside it.
 */
function orderOf({ name, mode }: FileEntry): string {
  const at = name.lastIndexOf('/') + 1;
  if (isFolder(mode) && name.slice(at) !== '.') return `${name}/`;
  const own = isFolder(mode) ? '' : name.slice(at);
  return `${name.slice(0, at)}\0${own}`;
}
