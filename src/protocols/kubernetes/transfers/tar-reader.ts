import { createHash, type Hash } from 'node:crypto';
import {
  boundedPath,
  nothingFound,
  type TransferNote,
  type TransferReader,
} from '../../../core/transfer-reader.ts';
import { type ArchiveItem, TarArchive } from './tar-archive.ts';
import type { TarCommand } from './tar-command.ts';

const failed = 'tar failed, and does not say which of them it took';

interface Passing {
  readonly path: string;
  readonly size: number;
  readonly hash: Hash;
  bytes: number;
}

/**
 * Tells the files of `kubectl cp` apart, in the archive that goes in or comes out. tar says only
 * at its end, by its exit status, whether it could write them.
 */
export class TarReader implements TransferReader {
  readonly #command: TarCommand;
  readonly #archive = new TarArchive();
  #passing: Passing | null = null;
  #begun = false;
  #gaveUp: string | null = null;

  constructor(command: TarCommand) {
    this.#command = command;
    if (command.direction === 'download' && command.resumed) {
      this.#gaveUp = 'it goes on in the middle of an archive';
    }
  }

  get gaveUp(): string | null {
    return this.#gaveUp;
  }

  input(bytes: Buffer): readonly TransferNote[] {
    return this.#command.direction === 'upload' ? this.#read(bytes) : nothingFound;
  }

  output(bytes: Buffer): readonly TransferNote[] | null {
    if (this.#command.direction === 'upload') return null;
    const found = this.#read(bytes);
    return this.#gaveUp !== null && !this.#begun && !this.#command.resumed ? null : found;
  }

  ended(exit: number | string | null): readonly TransferNote[] {
    this.#gaveUp ??= this.#archive.missing;
    if (this.#command.direction === 'upload' && exit !== 0) this.#gaveUp ??= failed;
    return this.#leftOff();
  }

  #read(bytes: Buffer): readonly TransferNote[] {
    if (this.#gaveUp !== null) return nothingFound;
    const found: TransferNote[] = [];
    for (const item of this.#archive.read(bytes)) {
      found.push(...this.#took(item));
      if (this.#gaveUp !== null) break;
    }
    return found;
  }

  #took(item: ArchiveItem): readonly TransferNote[] {
    switch (item.kind) {
      case 'file':
        this.#begun = true;
        this.#passing = { ...this.#begin(item.name), size: item.size };
        return nothingFound;
      case 'contents':
        if (this.#passing !== null) this.#passing.bytes += item.bytes.length;
        this.#passing?.hash.update(item.bytes);
        return nothingFound;
      case 'whole':
        return this.#leftOff();
      case 'nonsense':
        this.#gaveUp = item.why;
        return this.#leftOff();
      default:
        return item satisfies never;
    }
  }

  #begin(name: string) {
    const path = boundedPath(placeOf(this.#command, name));
    return { path, bytes: 0, hash: createHash('sha256') };
  }

  /** The file that was on its way, as far as it has come. */
  #leftOff(): readonly TransferNote[] {
    if (this.#passing === null) return nothingFound;
    const { path, bytes, size, hash } = this.#passing;
    this.#passing = null;
    const { direction } = this.#command;
    const file = { path, direction, bytes, sha256: hash.digest('hex') };
    return [{ kind: 'file', file: bytes < size ? { ...file, problem: 'incomplete' } : file }];
  }
}

/** tar takes a slash at the beginning off, both ways. */
function placeOf(command: TarCommand, name: string): string {
  if (command.direction === 'upload') {
    const { folder } = command;
    if (folder === null) return name;
    return `${folder.replace(/\/+$/, '')}/${name.replace(/^\/+/, '')}`;
  }
  const absolute = command.paths.some(
    (path) => path.startsWith('/') && `/${name}/`.startsWith(`${path.replace(/\/+$/, '')}/`),
  );
  return absolute ? `/${name}` : name;
}
