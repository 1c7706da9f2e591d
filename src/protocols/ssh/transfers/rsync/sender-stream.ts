import type { TransferredFile } from '../../../../core/transfer-reader.ts';
import { readBlocks, readPacked, readPlain } from './contents.ts';
import { FileEntries, readItem, skipIdNames } from './file-entries.ts';
import { done, FileIndexes, firstFolder, listsEnd } from './file-indexes.ts';
import { FileLists, type ListedFile } from './file-lists.ts';
import { NotUnderstood } from './not-understood.ts';
import { int32 } from './numbers.ts';
import { type ByteSource, type Reading, skip } from './reading.ts';
import { RsyncFile } from './rsync-file.ts';
import { placeOf } from './rsync-places.ts';
import type { ServerOptions } from './server-options.ts';
import type { Terms } from './terms.ts';

/** Twice all files, the second time for those that failed, and once for what is put off. */
const phases = 3;

/**
 * What the end that sends files sends, once both have agreed: patterns, the list of files, then
 * file by file its index and its contents, as the other end has asked for them (sender.c).
 */
export class SenderStream {
  readonly #terms: Terms;
  readonly #options: ServerOptions;
  readonly #lists: FileLists;
  readonly #indexes = new FileIndexes();
  readonly #found: (file: TransferredFile) => void;
  #underway: RsyncFile | null = null;

  constructor(terms: Terms, options: ServerOptions, found: (file: TransferredFile) => void) {
    this.#terms = terms;
    this.#options = options;
    this.#found = found;
    this.#lists = new FileLists(new FileEntries(terms, options), terms.incremental);
  }

  /** Nothing more of it is read: a file that has begun stays as it is. */
  leaveOff(): void {
    if (this.#underway !== null) this.#found(this.#underway.leftOff());
    this.#underway = null;
  }

  *read(source: ByteSource): Reading<void> {
    if (!this.#options.sends && this.#terms.filters) yield* skipFilters(source);
    yield* this.#lists.read(source);
    if (!this.#terms.incremental) yield* skipIdNames(source, this.#terms, this.#options);
    for (let phase = 0; phase < phases; ) {
      const index = yield* this.#indexes.next(source);
      if (index >= 0) yield* this.#item(source, index);
      else if (index === done) phase += this.#listDone() ? 0 : 1;
      else if (!this.#terms.incremental) throw new NotUnderstood('an index of a file');
      else if (index <= firstFolder) yield* this.#lists.read(source);
      else if (index !== listsEnd) throw new NotUnderstood('an index of a file');
    }
  }

  /** Where lists come one by one, all but the last are done by themselves. */
  #listDone(): boolean {
    if (!this.#terms.incremental || this.#lists.count === 0) return false;
    this.#lists.dropFirst();
    return this.#lists.count > 0;
  }

  *#item(source: ByteSource, index: number): Reading<void> {
    const transferred = yield* readItem(source);
    if (!transferred || this.#terms.dry) return;
    const listed = this.#lists.file(index);
    const blocks = yield* readBlocks(source);
    const file = this.#begin(listed, blocks.count > 0);
    this.#underway = file;
    yield* this.#terms.compressed ? readPacked(source, file) : readPlain(source, file);
    yield* skip(source, this.#terms.contentsSum);
    this.#underway = null;
    this.#found(file.sent());
  }

  #begin(listed: ListedFile, hasBasis: boolean): RsyncFile {
    const name = Buffer.from(listed.name, 'latin1').toString('utf8');
    const place = placeOf(this.#options, name, this.#lists.isOneFile);
    const direction = this.#options.sends ? 'download' : 'upload';
    const whole = !(this.#terms.appends && hasBasis);
    return new RsyncFile({ ...place, direction }, listed, { whole });
  }
}

function* skipFilters(source: ByteSource): Reading<void> {
  for (;;) {
    const length = yield* int32(source);
    if (length === 0) return;
    if (length < 0) throw new NotUnderstood('a pattern of files');
    yield* skip(source, length);
  }
}
