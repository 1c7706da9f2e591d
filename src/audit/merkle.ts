import { createHash } from 'node:crypto';

/** What RFC 6962, 2.1 hashes: a leaf is made elsewhere (`leafHash`); here they are joined. */
export type Hash = Uint8Array & Buffer;

const nodePrefix = new Uint8Array([1]);

export function emptyRoot(): Hash {
  return createHash('sha256').digest();
}

function join(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/**
 * A tree that only grows, as the roots of its complete subtrees, largest first: enough for the
 * root of what was added, whatever its size.
 */
export interface Frontier {
  readonly size: number;
  add(leaf: Hash): void;
  root(): Hash;
  /** Hexadecimal; `frontierFrom` reads it. */
  parts(): readonly string[];
}

export function createFrontier(): Frontier {
  return frontierFrom(0, []);
}

/** @throws when there are not as many parts as a tree of that size has */
export function frontierFrom(size: number, parts: readonly string[]): Frontier {
  const peaks: Hash[] = parts.map((part) => Buffer.from(part, 'hex'));
  const wanted = [...size.toString(2)].filter((bit) => bit === '1').length;
  if (peaks.length !== wanted || peaks.some(({ length }) => length !== 32)) {
    throw new RangeError('not the parts of a tree of that size');
  }
  let count = size;
  return {
    get size() {
      return count;
    },
    add(leaf) {
      let node = leaf;
      for (let rest = count; rest % 2 === 1; rest = Math.floor(rest / 2)) {
        const left = peaks.pop();
        if (left !== undefined) node = join(left, node);
      }
      peaks.push(node);
      count += 1;
    },
    root() {
      const last = peaks.at(-1);
      if (last === undefined) return emptyRoot();
      return peaks.slice(0, -1).reduceRight<Hash>((right, left) => join(left, right), last);
    },
    parts: () => peaks.map((peak) => peak.toString('hex')),
  };
}

/** Proofs for some leaves of a tree, from one pass over all of them; of those it keeps none. */
export interface Prover {
  /** In order, from the first. */
  add(leaf: Hash): void;
  /** RFC 6962, 2.1.1: the nodes that lead from a leaf to the root, the lowest first. */
  proof(index: number): readonly Hash[];
}

/** `indices`: the leaves to be proved, in a tree of `size`. */
export function createProver(size: number, indices: readonly number[]): Prover {
  const subtrees = new Map<string, Subtree>();
  const paths = new Map(indices.map((index) => [index, pathOf(size, index)]));
  for (const { from, to } of [...paths.values()].flat()) {
    subtrees.set(`${from} ${to}`, { from, to, frontier: createFrontier() });
  }
  const all = [...subtrees.values()];
  let count = 0;
  return {
    add(leaf) {
      for (const { from, to, frontier } of all) {
        if (from <= count && count < to) frontier.add(leaf);
      }
      count += 1;
    },
    proof: (index) =>
      (paths.get(index) ?? []).flatMap(({ from, to }) => {
        const subtree = subtrees.get(`${from} ${to}`);
        return subtree === undefined ? [] : [subtree.frontier.root()];
      }),
  };
}

interface Range {
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

interface Subtree extends Range {
  readonly frontier: Frontier;
}

/** The subtrees beside the way from a leaf to the root, the lowest first. */
function pathOf(size: number, index: number): readonly Range[] {
  const path: Range[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const split = from + largestPowerBelow(to - from);
    if (index < split) {
      path.unshift({ from: split, to });
      to = split;
    } else {
      path.unshift({ from, to: split });
      from = split;
    }
  }
  return path;
}

export function rootOf(leaves: readonly Hash[]): Hash {
  const frontier = createFrontier();
  for (const leaf of leaves) frontier.add(leaf);
  return frontier.root();
}

/** The root that such a proof leads to (RFC 9162, 2.1.3.2); null for one of the wrong length. */
export function rootFromProof(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
): Hash | null {
  if (index >= size) return null;
  let at = index;
  let last = size - 1;
  let node = leaf;
  for (const sibling of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      node = join(sibling, node);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else node = join(node, sibling);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}

function largestPowerBelow(size: number): number {
  return 2 ** (Math.ceil(Math.log2(size)) - 1);
}
