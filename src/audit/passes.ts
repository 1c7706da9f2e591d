import type { AuditBody } from '../core/audit-record.ts';
import { commitmentTo } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import type { Decidable } from '../core/operation.ts';
import type { Verdict } from '../core/verdict.ts';

/** Counts what one session lets pass, so that thousands a second make a record or two. */
export interface PassCounter {
  /** False when so many different ones came that they must be written before more are counted. */
  count(decidable: Decidable, verdict: Verdict): boolean;
  /** What was counted since the last time, in the order in which each was first seen. */
  take(): readonly AuditBody[];
}

interface Tally {
  readonly verdict: Verdict;
  readonly first: number;
  last: number;
  count: number;
}

/** Different operations of one session between two writes, and characters of their texts. */
const most = 256;
const mostCharacters = 1024 * 1024;

export function createPassCounter(session: string, salt: string, clock: Clock): PassCounter {
  /** Adapters hand over the same object for the same text: nothing is computed for a repeat. */
  let tallies = new Map<Decidable, Tally>();
  let characters = 0;

  return {
    count(decidable, verdict) {
      const known = tallies.get(decidable);
      const now = clock();
      if (known !== undefined) {
        known.count += 1;
        known.last = now;
        return true;
      }
      tallies.set(decidable, { verdict, first: now, last: now, count: 1 });
      characters += decidable.text.length;
      return tallies.size < most && characters < mostCharacters;
    },
    take() {
      if (tallies.size === 0) return [];
      const taken = tallies;
      tallies = new Map();
      characters = 0;
      return [...taken].map(([decidable, { verdict, first, last, count }]) => ({
        type: 'operations_passed',
        session,
        count,
        first: new Date(first).toISOString(),
        last: new Date(last).toISOString(),
        rules: verdict.rules,
        revision: verdict.revision,
        classes: decidable.facts.classes,
        text: commitmentTo(salt, decidable.text),
      }));
    },
  };
}
