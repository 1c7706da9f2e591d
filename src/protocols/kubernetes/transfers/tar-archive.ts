import { GapBuffer } from '../../../core/gap-buffer.ts';
import { type PaxRecords, readPaxRecords } from './pax-records.ts';
import { blockBytes, readTarHeader, type TarHeader } from './tar-header.ts';

export type ArchiveItem =
  | { readonly kind: 'file'; readonly name: string; readonly size: number }
  | { readonly kind: 'contents'; readonly bytes: Buffer }
  /** Of the file that was named last: all of it has come. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'nonsense'; readonly why: string };

/** Folders, links, devices, the archive's own name: no contents, whatever their size says. */
const bare = /^[1-6V]$/;
/** What stands before a member and says more of it: its names, and all else. */
const extended = /^[LKxgX]$/;
/** Parts of files, and files with holes, which are not sent as they are. */
const parted = /^[SMD]$/;
/** Of an extended header; Go takes no longer ones either. */
const mostExtended = 1024 * 1024;

/** What the bytes that come next belong to; `left` of them, and `padding` behind them. */
interface Body {
  readonly of: 'file' | 'extension' | 'nothing';
  left: number;
  padding: number;
}

/** Finds the files in a tar archive that passes by: ustar, pax and GNU. */
export class TarArchive {
  #block = Buffer.alloc(blockBytes);
  #filled = 0;
  #body: Body | null = null;
  #extension: TarHeader | null = null;
  #extended = new GapBuffer();
  #longName: string | null = null;
  #pax: PaxRecords = { sparse: false };
  /** Blocks of zeros, one behind the other: two of them end it. */
  #zeros = 0;
  #begun = false;

  /** Why not all of it has come; null where it has. */
  get missing(): string | null {
    if (!this.#begun) return 'no archive came';
    return this.#zeros < 2 ? 'the archive broke off' : null;
  }

  *read(chunk: Buffer): Generator<ArchiveItem> {
    let at = 0;
    while (at < chunk.length) {
      this.#begun = true;
      const body = this.#body;
      if (body === null) {
        at += this.#fill(chunk.subarray(at, at + blockBytes - this.#filled));
        if (this.#filled === blockBytes) yield* this.#header();
      } else {
        const bytes = chunk.subarray(at, at + (body.left > 0 ? body.left : body.padding));
        at += bytes.length;
        yield* this.#passed(body, bytes);
      }
    }
  }

  #fill(bytes: Buffer): number {
    bytes.copy(this.#block, this.#filled);
    this.#filled += bytes.length;
    return bytes.length;
  }

  *#passed(body: Body, bytes: Buffer): Generator<ArchiveItem> {
    if (body.left > 0) {
      body.left -= bytes.length;
      if (body.of === 'file') yield { kind: 'contents', bytes };
      if (body.of === 'extension') this.#extended.copy(bytes, 0, bytes.length);
      if (body.left === 0) yield* this.#bodyDone(body);
    } else body.padding -= bytes.length;
    if (body.left === 0 && body.padding === 0) this.#body = null;
  }

  *#bodyDone({ of }: Body): Generator<ArchiveItem> {
    if (of === 'file') yield { kind: 'whole' };
    if (of !== 'extension') return;
    const bytes = this.#extended.written();
    this.#extended.clear();
    const why = this.#extend(this.#extension?.type ?? '', bytes);
    if (why !== null) yield { kind: 'nonsense', why };
  }

  *#header(): Generator<ArchiveItem> {
    this.#filled = 0;
    if (this.#block.every((byte) => byte === 0)) {
      this.#zeros += 1;
      return;
    }
    if (this.#zeros >= 2) {
      yield { kind: 'nonsense', why: 'something follows the end of the archive' };
      return;
    }
    // One alone ends it for some programs, and is passed over by others.
    this.#zeros = 0;
    const header = readTarHeader(this.#block);
    if (header === null) yield { kind: 'nonsense', why: 'it is no tar archive' };
    else yield* this.#member(header);
  }

  *#member(header: TarHeader): Generator<ArchiveItem> {
    const { type, size } = header;
    if (extended.test(type)) {
      this.#extension = header;
      this.#begin('extension', size);
      if (size > mostExtended) yield { kind: 'nonsense', why: 'a header of it is too long' };
      return;
    }
    const { path = this.#longName ?? header.name, size: length = size, sparse } = this.#pax;
    this.#longName = null;
    this.#pax = { sparse: false };
    if (sparse || parted.test(type)) {
      yield { kind: 'nonsense', why: 'it has files in parts, or with holes' };
    } else if (bare.test(type)) this.#begin('nothing', 0);
    else {
      this.#begin('file', length);
      yield { kind: 'file', name: path, size: length };
      if (length === 0) yield { kind: 'whole' };
    }
  }

  #begin(of: Body['of'], size: number): void {
    if (size > 0) this.#body = { of, left: size, padding: -size & (blockBytes - 1) };
  }

  /** Why it cannot be read; null where it can. */
  #extend(type: string, bytes: Buffer): string | null {
    if (type === 'L') this.#longName = bytes.toString('utf8').replace(/\0.*$/s, '');
    if (type !== 'x' && type !== 'X' && type !== 'g') return null;
    const records = readPaxRecords(bytes);
    if (records === null) return 'a header of it makes no sense';
    if (type !== 'g') this.#pax = { ...this.#pax, ...records };
    // Not all programs let it hold for all that follows.
    else if (records.sparse || records.path !== undefined || records.size !== undefined) {
      return 'a header names all files at once';
    }
    return null;
  }
}
