import {
  nothingFound,
  type TransferNote,
  type TransferReader,
} from '../../../../core/transfer-reader.ts';
import { FoundNotes } from '../found-notes.ts';
import { Handshake } from './handshake.ts';
import { listen, Multiplexed } from './multiplexed.ts';
import { NotUnderstood } from './not-understood.ts';
import { ByteFeed, type ByteSource, type Reading } from './reading.ts';
import { secludedWords } from './secluded-words.ts';
import { SenderStream } from './sender-stream.ts';
import { readServerOptions, type ServerOptions, type Word } from './server-options.ts';
import { agreedTerms } from './terms.ts';

interface End {
  readonly feed: ByteFeed;
  readonly reading: Reading<void>;
  ended: boolean;
}

/**
 * Reads the protocol of rsync, versions 30 to 32, as the far end speaks it over SSH. It has no
 * specification but its source: what is read here is what rsync 3.0 to 3.5 send. What it meets
 * that it does not know ends it, since nothing behind that can be told apart.
 */
export class RsyncReader implements TransferReader {
  readonly #words: readonly Word[];
  readonly #client: End;
  readonly #server: End;
  #options: ServerOptions | null = null;
  #handshake: Handshake | null = null;
  #stream: SenderStream | null = null;
  #gaveUp: string | null = null;
  readonly #found = new FoundNotes();

  /** `words`: those behind the program's name. */
  constructor(words: readonly Word[]) {
    this.#words = words;
    this.#client = endOf((source) => this.#readClient(source));
    this.#server = endOf((source) => this.#readServer(source));
    // What the words say has to be known, whichever end is the first to speak.
    this.#goOn(this.#client);
  }

  get gaveUp(): string | null {
    return this.#gaveUp;
  }

  input(bytes: Buffer): readonly TransferNote[] {
    return this.#take(this.#client, this.#server, bytes);
  }

  output(bytes: Buffer): readonly TransferNote[] {
    return this.#take(this.#server, this.#client, bytes);
  }

  ended(): readonly TransferNote[] {
    this.#stream?.leaveOff();
    return this.#found.take();
  }

  #take(end: End, other: End, bytes: Buffer): readonly TransferNote[] {
    if (this.#gaveUp !== null || end.ended || bytes.length === 0) return nothingFound;
    end.feed.feed(bytes);
    this.#goOn(end);
    if (!end.ended && !end.feed.drained) {
      // It waits for what the other one may know by now, and has not been asked.
      this.#goOn(other);
      this.#goOn(end);
    }
    // Nothing is kept for later: an end that waits has to be silent.
    if (!end.ended && !end.feed.drained) this.#giveUp('one end goes on by itself');
    return this.#found.take();
  }

  #goOn(end: End): void {
    if (this.#gaveUp !== null || end.ended) return;
    try {
      end.ended = end.reading.next().done === true;
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      this.#giveUp(error.message);
    }
  }

  #giveUp(why: string): void {
    this.#gaveUp ??= why;
    this.#stream?.leaveOff();
  }

  *#readClient(source: ByteSource): Reading<void> {
    const options = yield* this.#readOptions(source);
    const handshake = new Handshake(options);
    this.#options = options;
    this.#handshake = handshake;
    yield* handshake.client(source);
    if (!options.sends) yield* this.#readFiles(new Multiplexed(source, null));
  }

  *#readServer(source: ByteSource): Reading<void> {
    while (this.#options === null || this.#handshake === null) yield;
    yield* this.#handshake.server(source);
    const frames = new Multiplexed(source, (text) => this.#found.add({ kind: 'said', text }));
    if (this.#options.sends) yield* this.#readFiles(frames);
    yield* listen(frames);
  }

  *#readOptions(source: ByteSource): Reading<ServerOptions> {
    const options = readServerOptions(this.#words);
    if (!options.letters.has('s')) return options;
    return readServerOptions([...this.#words, ...(yield* secludedWords(source))]);
  }

  *#readFiles(frames: Multiplexed): Reading<void> {
    const options = this.#options;
    const greetings = this.#handshake?.greetings ?? null;
    if (options === null || greetings === null) return;
    this.#stream = new SenderStream(agreedTerms(greetings, options), options, (file) =>
      this.#found.add({ kind: 'file', file }),
    );
    yield* this.#stream.read(frames);
  }
}

function endOf(read: (source: ByteSource) => Reading<void>): End {
  const feed = new ByteFeed();
  return { feed, reading: read(feed), ended: false };
}
