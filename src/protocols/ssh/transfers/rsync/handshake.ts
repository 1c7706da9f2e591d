import { NotUnderstood } from './not-understood.ts';
import { int32, varint, vstring } from './numbers.ts';
import type { ByteSource, Reading } from './reading.ts';
import type { ServerOptions } from './server-options.ts';

/** Names of algorithms, the preferred one first; null where nothing was said. */
export interface Choices {
  readonly checksums: readonly string[] | null;
  readonly compressions: readonly string[] | null;
}

/** What both ends have said before they send files. */
export interface Greetings {
  readonly protocol: number;
  readonly abilities: number;
  readonly client: Choices;
  readonly server: Choices;
}

/** rsync 3.0 has 30, 3.1 to 3.3 have 31, later ones 32. */
const oldest = 30;
const newest = 32;
/** What an end tells that is newer; more than that rsync takes for no version (rsync.h). */
const newestTold = 40;
/** compat.c, `CF_…`. */
export const ability = {
  incremental: 1 << 0,
  safeList: 1 << 3,
  varintFlags: 1 << 7,
  idZeroNames: 1 << 8,
} as const;
const knownAbilities = 0x1ff;
const longestChoices = 1024;

/**
 * How two ends begin (compat.c): each tells its version; the server what it is able to do, for
 * itself and for the client; then each the algorithms that it has, and the server a seed. Each of
 * the two readings waits for what the other one has to know first.
 */
export class Handshake {
  readonly #options: ServerOptions;
  readonly #versions: { client: number | null; server: number | null } = {
    ...{ client: null, server: null },
  };
  #abilities: number | null = null;
  readonly #choices: { client: Choices | null; server: Choices | null } = {
    ...{ client: null, server: null },
  };

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Null until all is said that the stream of files depends on. */
  get greetings(): Greetings | null {
    const { client, server } = this.#choices;
    const abilities = this.#abilities;
    if (client === null || server === null || abilities === null) return null;
    return { protocol: this.#protocol ?? 0, abilities, client, server };
  }

  *client(source: ByteSource): Reading<void> {
    this.#versions.client = yield* int32(source);
    while (this.#abilities === null) yield;
    this.#choices.client = yield* this.#readChoices(source);
    while (this.greetings === null) yield;
  }

  *server(source: ByteSource): Reading<void> {
    this.#versions.server = yield* int32(source);
    while (this.#protocol === null) yield;
    const protocol = this.#protocol;
    checkVersions(protocol, Math.max(this.#versions.client ?? 0, this.#versions.server));
    const abilities = yield* varint(source);
    if ((abilities & ~knownAbilities) !== 0) throw new NotUnderstood('an ability of the server');
    this.#abilities = abilities;
    this.#choices.server = yield* this.#readChoices(source);
    while (this.greetings === null) yield;
    yield* int32(source);
  }

  get #protocol(): number | null {
    const { client, server } = this.#versions;
    return client === null || server === null ? null : Math.min(client, server);
  }

  *#readChoices(source: ByteSource): Reading<Choices> {
    const { letters, long } = this.#options;
    const told = ((this.#abilities ?? 0) & ability.varintFlags) !== 0;
    const chosen = ['compress-choice', 'new-compress', 'old-compress'].some((name) =>
      long.has(name),
    );
    const checksums = told && !long.has('checksum-choice') ? yield* readNames(source) : null;
    const compressions = told && letters.has('z') && !chosen ? yield* readNames(source) : null;
    return { checksums, compressions };
  }
}

function checkVersions(spoken: number, told: number): void {
  if (told > newestTold) throw new NotUnderstood(`version ${told} of the protocol`);
  if (spoken < oldest || spoken > newest) {
    throw new NotUnderstood(`version ${spoken} of the protocol`);
  }
}

function* readNames(source: ByteSource): Reading<readonly string[]> {
  return (yield* vstring(source, longestChoices)).toString('latin1').split(' ');
}
