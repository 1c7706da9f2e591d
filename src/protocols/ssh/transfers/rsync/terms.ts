import { ability, type Greetings } from './handshake.ts';
import { NotUnderstood } from './not-understood.ts';
import type { ServerOptions } from './server-options.ts';

/** What the bytes of the sender's stream depend on. */
export interface Terms {
  readonly protocol: number;
  /** Lists of folders come one by one, between files. */
  readonly incremental: boolean;
  readonly varintFlags: boolean;
  /** A list may end with an error. */
  readonly safeList: boolean;
  /** Id 0 has a name too. */
  readonly idZeroNames: boolean;
  readonly compressed: boolean;
  /** Bytes of the checksum behind a file's contents. */
  readonly contentsSum: number;
  /** And of the one in lists, with `-c`. */
  readonly listSum: number;
  /** The sender is told of files, and sends no contents. */
  readonly dry: boolean;
  /** Contents go behind those that are there. */
  readonly appends: boolean;
  /** The client sends patterns of files first. */
  readonly filters: boolean;
}

const sumLengths: ReadonlyMap<string, number> = new Map([
  ...([
    ['xxh128', 16],
    ['xxh3', 8],
    ['xxh64', 8],
    ['xxhash', 8],
  ] as const),
  ...([
    ['md5', 16],
    ['md4', 16],
    ['sha1', 20],
    ['none', 1],
  ] as const),
]);
const compressions: ReadonlySet<string> = new Set(['zstd', 'lz4', 'zlibx', 'zlib']);

export function agreedTerms(greetings: Greetings, options: ServerOptions): Terms {
  const { protocol, abilities } = greetings;
  const { letters, long } = options;
  const has = (bit: number) => (abilities & bit) !== 0;
  const deletes = [...long.keys()].some((name) => /^delete(?!-missing-args$)/.test(name));
  return {
    protocol,
    incremental: has(ability.incremental),
    varintFlags: has(ability.varintFlags),
    safeList: has(ability.safeList) || protocol >= 31,
    idZeroNames: has(ability.idZeroNames),
    compressed: isCompressed(greetings, options),
    ...sums(greetings, options),
    dry: letters.has('n') || long.has('list-only'),
    appends: long.has('append'),
    filters: options.sends || deletes || letters.has('m'),
  };
}

function sums(greetings: Greetings, { long }: ServerOptions) {
  const chosen = long.get('checksum-choice');
  const agreed = agreedOn(greetings, 'checksums') ?? 'md5';
  const [contents = '', list = contents] = (chosen ?? agreed).split(',');
  return { contentsSum: sumLength(contents), listSum: sumLength(list) };
}

function sumLength(name: string): number {
  const length = sumLengths.get(name);
  if (length === undefined) throw new NotUnderstood('its kind of checksum');
  return length;
}

function isCompressed(greetings: Greetings, { letters, long }: ServerOptions): boolean {
  if (long.has('new-compress') || long.has('old-compress')) return true;
  const chosen = long.get('compress-choice');
  if (chosen === undefined && !letters.has('z')) return false;
  const name = chosen ?? agreedOn(greetings, 'compressions') ?? 'zlib';
  if (name === 'none') return false;
  if (!compressions.has(name)) throw new NotUnderstood('its kind of compression');
  return true;
}

/** The first one of the client's that the server has too; null where they do not choose so. */
function agreedOn(
  { client, server }: Greetings,
  what: 'checksums' | 'compressions',
): string | null {
  const theirs = server[what];
  if (theirs === null) return null;
  const agreed = client[what]?.find((name) => theirs.includes(name));
  if (agreed === undefined) throw new NotUnderstood(`no agreement on ${what}`);
  return agreed;
}
