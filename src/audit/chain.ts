import { leafHash } from '../core/audit-seal.ts';
import { type Finding, gap, tampered } from './finding.ts';
import { createFrontier, type Frontier, type Hash } from './merkle.ts';
import type { ReadRecord } from './read-records.ts';

/** Follows the chain from its first record, or the last one of the tree that it goes on with. */
export interface ChainCheck {
  see(read: ReadRecord): void;
  /** The root at each of the sizes that were asked for, as far as the chain goes without a gap. */
  roots(): ReadonlyMap<number, Hash>;
  size(): number;
  findings(): readonly Finding[];
}

/** Findings beyond these would only repeat the first. */
const mostFindings = 100;

/** `frontier` is added to: one that is not empty has records that were vouched for otherwise. */
export function createChainCheck(
  sizes: ReadonlySet<number>,
  frontier: Frontier = createFrontier(),
): ChainCheck {
  const roots = new Map<number, Hash>([[frontier.size, frontier.root()]]);
  const findings: Finding[] = [];
  let expected = Math.max(1, frontier.size);
  let before: ReadRecord | null = null;
  /** A link that is broken: it is the earlier record's, unless the later one's is broken too. */
  let suspect: number | null = null;
  let whole = true;

  function find(finding: Finding): void {
    whole = false;
    if (findings.length < mostFindings) findings.push(finding);
  }

  function settleSuspect(laterBroken: boolean): void {
    if (suspect === null) return;
    const changed = laterBroken ? suspect + 1 : suspect;
    find(tampered(changed, `record ${changed} was changed: its neighbours do not fit it`));
    suspect = null;
  }

  function checkLink(read: ReadRecord, seq: number): void {
    const { record } = read;
    if (record === null) return;
    const fits = before === null ? seq !== 1 || record.prev === null : record.prev === before.hash;
    if (suspect !== null) settleSuspect(!fits);
    else if (!fits && before === null) {
      find(tampered(1, 'record 1 follows another one: the log does not begin here'));
    } else if (!fits && before?.record !== null) suspect = seq - 1;
  }

  return {
    see(read) {
      const { record } = read;
      const seq = record?.seq ?? expected;
      if (record === null) {
        settleSuspect(false);
        find(tampered(expected, `record ${expected} is not a record in canonical form`));
      } else if (seq > expected) {
        settleSuspect(false);
        const missing = seq - 1 > expected ? `${expected} to ${seq - 1} are` : `${expected} is`;
        find(gap(expected, `record ${missing} missing`));
      } else if (seq < expected) {
        settleSuspect(false);
        find(tampered(expected, `record ${seq} stands where record ${expected} belongs`));
      } else checkLink(read, seq);
      if (seq > frontier.size) frontier.add(leafHash(read.line));
      if (whole && sizes.has(frontier.size)) roots.set(frontier.size, frontier.root());
      before = read;
      expected = Math.max(expected, seq) + 1;
    },
    roots: () => roots,
    size: () => expected - 1,
    findings() {
      settleSuspect(false);
      return findings;
    },
  };
}
