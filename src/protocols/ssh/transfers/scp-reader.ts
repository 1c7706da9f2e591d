import {
  nothingFound,
  type TransferNote,
  type TransferReader,
} from '../../../core/transfer-reader.ts';
import { FoundNotes } from './found-notes.ts';
import { type ScpAnswer, ScpAnswers } from './scp-answers.ts';
import { ScpFile } from './scp-file.ts';
import { placeOf, type ScpCommand } from './scp-places.ts';
import { ScpSource, type SourceItem } from './scp-source.ts';

/** What an answer is about: scp answers each record, and each file once more when it is there. */
type Awaited =
  | { readonly kind: 'start' | 'folder' | 'leave' | 'times' }
  | { readonly kind: 'open' | 'close'; readonly file: ScpFile };

/** scp itself never sends on without an answer; others do, and no file needs more than two. */
const mostAwaited = 256;
/** Of names of folders inside each other; longer paths no system takes. */
const longestFolders = 32 * 1024;

/**
 * Reads the protocol of scp as it was before OpenSSH 9, which has no specification but scp.c: one
 * end sends records and contents, the other one answers. Contents follow their record only where
 * its answer is yes.
 */
export class ScpReader implements TransferReader {
  readonly #command: ScpCommand;
  readonly #source = new ScpSource();
  readonly #answers = new ScpAnswers();
  readonly #folders: string[] = [];
  readonly #awaited: Awaited[] = [{ kind: 'start' }];
  /** Named, and not yet known to have arrived. */
  readonly #underway = new Set<ScpFile>();
  #sending: ScpFile | null = null;
  #begun = false;
  /** An answer came that nothing had asked for: which one is whose is not known any more. */
  #outOfStep = false;
  #gaveUp: string | null = null;
  readonly #found = new FoundNotes();

  constructor(command: ScpCommand) {
    this.#command = command;
  }

  get gaveUp(): string | null {
    return this.#gaveUp;
  }

  input(bytes: Buffer): readonly TransferNote[] {
    return this.#command.direction === 'to' ? this.#sourced(bytes) : this.#answered(bytes);
  }

  output(bytes: Buffer): readonly TransferNote[] | null {
    const found = this.#command.direction === 'to' ? this.#answered(bytes) : this.#sourced(bytes);
    // Who was no scp from the beginning has printed something.
    return this.#gaveUp !== null && !this.#begun ? null : found;
  }

  ended(): readonly TransferNote[] {
    if (this.#source.midLine || this.#answers.midLine) this.#gaveUp ??= 'it broke off in a line';
    this.#leaveOff();
    return this.#found.take();
  }

  #sourced(bytes: Buffer): readonly TransferNote[] {
    return this.#each(this.#source.read(bytes), (item) => this.#item(item));
  }

  #answered(bytes: Buffer): readonly TransferNote[] {
    return this.#each(this.#answers.read(bytes), (answer) => this.#answer(answer));
  }

  #each<Item>(items: Iterable<Item>, take: (item: Item) => void): readonly TransferNote[] {
    if (this.#gaveUp !== null) return nothingFound;
    for (const item of items) {
      take(item);
      if (this.#gaveUp !== null) break;
    }
    return this.#found.take();
  }

  #item(item: SourceItem): void {
    switch (item.kind) {
      case 'file':
        this.#named(item.name, item.size);
        break;
      case 'folder':
        this.#folders.push(item.name);
        this.#await({ kind: 'folder' });
        if (this.#folders.join('').length > longestFolders) this.#giveUp('folders lie too deep');
        break;
      case 'leave':
        this.#folders.pop();
        this.#await({ kind: 'leave' });
        break;
      case 'times':
        this.#await({ kind: 'times' });
        break;
      case 'said':
        this.#say(item.text);
        break;
      case 'contents':
        this.#sending?.takes(item.bytes);
        break;
      case 'done':
        this.#sent(item.error);
        break;
      case 'nonsense':
        this.#giveUp(item.why);
        break;
      default:
        item satisfies never;
    }
  }

  #named(name: string, size: number): void {
    const direction = this.#command.direction === 'to' ? 'upload' : 'download';
    const file = new ScpFile(placeOf(this.#command, [...this.#folders, name]), direction, size);
    this.#sending = file;
    this.#begun = true;
    this.#underway.add(file);
    this.#await({ kind: 'open', file });
  }

  #sent(error: string | null): void {
    const file = this.#sending;
    if (file === null) return;
    this.#sending = null;
    file.error = error;
    this.#await({ kind: 'close', file });
  }

  #await(awaited: Awaited): void {
    this.#awaited.push(awaited);
    if (this.#outOfStep) this.#giveUp('answers came that nothing had asked for');
    else if (this.#awaited.length > mostAwaited) this.#giveUp('it waits for no answers');
  }

  #answer(answer: ScpAnswer): void {
    if (answer.kind === 'nonsense') {
      this.#giveUp(answer.why);
      return;
    }
    const { error } = answer;
    const awaited = this.#awaited.shift();
    if (awaited === undefined) this.#outOfStep = true;
    if (awaited?.kind === 'close') this.#arrived(awaited.file, error);
    else if (error === null) return;
    else if (awaited?.kind === 'open') this.#turnedDown(awaited.file, error);
    else {
      this.#say(error);
      if (awaited?.kind === 'folder' && this.#takenBack()) this.#folders.pop();
    }
  }

  #arrived(file: ScpFile, error: string | null): void {
    this.#underway.delete(file);
    this.#found.add(error === null ? file.arrived() : file.refused(error));
  }

  #turnedDown(file: ScpFile, error: string): void {
    this.#underway.delete(file);
    this.#found.add(file.refused(error));
    if (this.#takenBack()) this.#sending = null;
  }

  /** What was named last is not wanted, and nothing has followed it. */
  #takenBack(): boolean {
    if (this.#awaited.length === 0 && this.#source.turnedDown()) return true;
    this.#giveUp('it went on before it was told no');
    return false;
  }

  #say(text: string): void {
    this.#found.add({ kind: 'said', text });
  }

  #giveUp(why: string): void {
    this.#gaveUp ??= why;
    this.#leaveOff();
  }

  #leaveOff(): void {
    for (const file of this.#underway) this.#found.add(file.leftOff());
    this.#underway.clear();
    this.#sending = null;
  }
}
