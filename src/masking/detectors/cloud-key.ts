import { none, open, startsAt } from './anchored.ts';
import type { Anchored } from './detector.ts';
import { type ByteSet, byteSet, runEnd, type Text, wordBytes } from './text.ts';

const upper = byteSet('A-Z0-9');
const plain = byteSet('A-Za-z0-9');
const dashed = byteSet('A-Za-z0-9_-');
const dotted = byteSet('A-Za-z0-9_.-');

interface Shape {
  readonly prefix: string;
  readonly then: ByteSet;
  readonly atLeast: number;
  readonly exactly?: boolean;
}

/** As their issuers publish them for secret scanning. */
const shapes: readonly Shape[] = [
  // AWS access key identifiers, of users, roles and temporary sessions.
  ...['AKIA', 'ASIA', 'AROA', 'AIDA', 'ABIA', 'ACCA'].map((prefix) => ({
    ...{ prefix, then: upper, atLeast: 16, exactly: true },
  })),
  // Google: API keys, OAuth access tokens and client secrets.
  { prefix: 'AIza', then: dashed, atLeast: 35 },
  { prefix: 'ya29.', then: dashed, atLeast: 20 },
  { prefix: 'GOCSPX-', then: dashed, atLeast: 20 },
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => ({
    ...{ prefix, then: plain, atLeast: 36 },
  })),
  { prefix: 'github_pat_', then: byteSet('A-Za-z0-9_'), atLeast: 22 },
  { prefix: 'glpat-', then: dotted, atLeast: 20 },
  ...['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'].map(
    (prefix) => ({ prefix, then: dotted, atLeast: 10 }),
  ),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'].map((prefix) => ({
    ...{ prefix, then: plain, atLeast: 16 },
  })),
  { prefix: 'sk-', then: dashed, atLeast: 20 },
  { prefix: 'npm_', then: plain, atLeast: 36 },
  { prefix: 'pypi-', then: dashed, atLeast: 50 },
  { prefix: 'SG.', then: dotted, atLeast: 40 },
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map((prefix) => ({ prefix, then: plain, atLeast: 64 })),
  ...['hvs.', 'hvb.', 'hvr.'].map((prefix) => ({ prefix, then: dashed, atLeast: 24 })),
  { prefix: 'AGE-SECRET-KEY-1', then: upper, atLeast: 58 },
  // Azure storage, within a connection string.
  { prefix: 'AccountKey=', then: byteSet('A-Za-z0-9+/='), atLeast: 44 },
];

const longest = 512;

/** By their first byte. */
const byFirst = Array.from({ length: 128 }, (_, byte) =>
  shapes.filter(({ prefix }) => prefix.charCodeAt(0) === byte),
);

/** Keys of cloud services, by the prefixes that these give them. */
export const cloudKey: Anchored = {
  shortest: Math.min(...shapes.map(({ prefix, atLeast }) => prefix.length + atLeast)),
  begins: byteSet([...new Set(shapes.map(({ prefix }) => prefix.charAt(0)))].join('')),
  notBehind: wordBytes,
  match(text, at, final) {
    let undecided = false;
    for (const shape of byFirst[text.bytes[at] ?? 0] ?? []) {
      const end = shaped(text, at, shape, final);
      if (end === open) undecided = true;
      else if (end !== none) return end;
    }
    return undecided ? open : none;
  },
};

function shaped(text: Text, at: number, shape: Shape, final: boolean): number {
  const starts = startsAt(text, at, shape.prefix);
  if (starts === open) return final ? none : open;
  if (!starts) return none;
  const body = at + shape.prefix.length;
  const end = runEnd(text.bytes, body, Math.min(body + longest, text.end), shape.then);
  if (end === text.end && !final && end < body + longest) return open;
  const length = end - body;
  return (shape.exactly === true ? length === shape.atLeast : length >= shape.atLeast) ? end : none;
}
