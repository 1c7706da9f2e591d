import fc from 'fast-check';
import { detectorNames } from '../../src/core/masking.ts';
import { corpus } from '../masking/corpus.ts';

/** What a program writes: pieces, each behind a pause of so many milliseconds. */
export interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly secrets: readonly string[];
  readonly pieces: readonly { readonly hex: string; readonly pause: number }[];
}

/** Writes the pieces of the file that it is given; shorter than what a quiet stream is held back. */
export const writer = `
import { readFileSync, writeSync } from 'node:fs';
const { stream, pieces } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const fd = stream === 'stdout' ? 1 : 2;
for (const { hex, pause } of pieces) {
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  const bytes = Buffer.from(hex, 'hex');
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
`;

/** In RE2 syntax, for the configuration. */
export const ownPattern = 'EMP-[0-9]{6}';

const known = detectorNames.flatMap((name) => corpus[name].found);
const secret = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...known) },
  { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 999_999 }).map((n) => `EMP-${n}`) },
);
const words = fc
  .array(fc.constantFrom('the', 'disk', 'is', 'at', 'full', 'ready', 'x', '=', '[ok]'), {
    minLength: 1,
    maxLength: 12,
  })
  .map((all) => all.join(' '));

/** With secrets between its lines, and cut anywhere. */
export const planted = outputOf(fc.array(secret, { minLength: 1, maxLength: 8 }));
/** Nothing in it is to be found. */
export const harmless = outputOf(fc.constant([]));

function outputOf(secrets: fc.Arbitrary<readonly string[]>): fc.Arbitrary<Output> {
  return fc
    .record({
      stream: fc.constantFrom('stdout' as const, 'stdout' as const, 'stderr' as const),
      secrets,
      lines: fc.array(words, { minLength: 10, maxLength: 20 }),
      cuts: fc.array(fc.nat(1_000_000), { maxLength: 30 }),
      pauses: fc.array(fc.integer({ min: 1, max: 45 }), { maxLength: 8 }),
    })
    .map(({ stream, secrets: own, lines, cuts, pauses }) => {
      const text = lines.flatMap((line, at) => [line, own[at] ?? line]).join('\n');
      return { stream, secrets: own, pieces: piecesOf(Buffer.from(`${text}\n`), cuts, pauses) };
    });
}

function piecesOf(bytes: Buffer, cuts: readonly number[], pauses: readonly number[]) {
  const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])];
  ends.sort((a, b) => a - b);
  return ends.map((end, at) => ({
    hex: bytes.subarray(ends[at - 1] ?? 0, end).toString('hex'),
    pause: pauses[at] ?? 0,
  }));
}

export function textOf({ pieces }: Output): string {
  return Buffer.from(pieces.map(({ hex }) => hex).join(''), 'hex').toString();
}
