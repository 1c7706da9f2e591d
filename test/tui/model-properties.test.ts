import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sightOf } from '../../src/tui/geometry.ts';
import type { Sight, State } from '../../src/tui/state.ts';
import { end, enter, esc, type Player, pageDown, playerWith } from './player.ts';
import { noon, sampleRequest } from './sample-request.ts';

type Op =
  | { readonly kind: 'keys'; readonly input: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'put'; readonly which: number; readonly state: 'pending' | 'cancelled' }
  | { readonly kind: 'sync'; readonly which: readonly number[] }
  | { readonly kind: 'answer'; readonly taken: boolean }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number };

const which = fc.nat(3);
const press = fc.constantFrom(
  ...['a', 'y', 'd', 'c', 'n', 'j', 'k', 'g', 'G', '/', '?', ' ', 'x', enter, esc, pageDown, end],
);
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('keys' as const), input: press }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('ay', 'aay', `${enter}ay`, `${pageDown}${pageDown}a`)
      .map((input) => ({
        kind: 'keys' as const,
        input,
      })),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(10, 160, 500).map((ms) => ({ kind: 'wait' as const, ms })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      which,
      state: fc.constantFrom('pending' as const, 'cancelled' as const),
    }),
  },
  fc.record({ kind: fc.constant('sync' as const), which: fc.array(which) }),
  fc.record({ kind: fc.constant('answer' as const), taken: fc.boolean() }),
  fc.record({
    kind: fc.constant('resize' as const),
    columns: fc.constantFrom(25, 40, 80, 200),
    rows: fc.constantFrom(6, 10, 24, 60),
  }),
);

/** Likely paths too: open, read, ask, answer, with anything in between. */
const sequence = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.array(op, { minLength: 1, maxLength: 4 }) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom<readonly string[]>(
            [enter, 'a', 'y'],
            [esc, 'g', 'j', 'j', enter, end, 'a', 'y'],
            [enter, pageDown, pageDown, pageDown, 'a', 'y'],
            [enter, 'd', 'why', enter],
          )
          .map((keys) =>
            keys.flatMap((input): Op[] => [
              { kind: 'wait', ms: 500 },
              { kind: 'keys', input },
            ]),
          ),
      },
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.flat());

const lineCounts = [1, 12, 60, 3];
const versions = () => lineCounts.map(() => 1);

function requestAt(index: number, version: number, state: 'pending' | 'cancelled') {
  const lines = Array.from({ length: lineCounts[index] ?? 1 }, (_, line) => `select ${line};`);
  return sampleRequest({
    id: `req_${index}`,
    digest: `sha256:${index}`,
    version,
    state,
    createdAt: new Date(noon + index * 1000).toISOString(),
    presentation: { statement: lines.join('\n') },
  });
}

/** What has been on the screen, told from frames alone. */
class Watcher {
  last: State;
  card: State['card'] = null;
  #seen: Sight[] = [];

  constructor(state: State) {
    this.last = state;
  }

  saw(state: State): void {
    const reopened = state.card?.request.id !== this.card?.request.id || this.card === null;
    if (reopened) this.#seen = [];
    this.card = state.card;
    this.last = state;
    const sight = sightOf(state);
    if (sight !== null) this.#seen.push(sight);
  }

  /** Whether the frames together showed all of `length` characters. */
  covered(length: number): boolean {
    let to = 0;
    for (const sight of this.#seen.toSorted((a, b) => a.from - b.from)) {
      if (sight.from > to) return false;
      to = Math.max(to, sight.to);
    }
    return to >= length;
  }
}

function apply(play: Player, step: Op, known: number[]): void {
  switch (step.kind) {
    case 'keys':
      play.burst(step.input);
      break;
    case 'wait':
      play.wait(step.ms);
      break;
    case 'put': {
      const version = (known[step.which] ?? 0) + 1;
      known[step.which] = version;
      play.put(requestAt(step.which, version, step.state));
      break;
    }
    case 'sync':
      play.feed({ type: 'synced', pending: step.which.map((index) => `req_${index}`) });
      break;
    case 'resize':
      play.send({ type: 'resized', size: { columns: step.columns, rows: step.rows } });
      break;
    case 'answer':
      answer(play, step.taken);
      break;
    default:
      step satisfies never;
  }
}

function answer(play: Player, taken: boolean): void {
  const { card } = play.state;
  if (card?.step.kind !== 'sending') return;
  const { request } = card;
  if (taken)
    play.send({ type: 'decided', request: { ...request, version: 99, state: 'approved' } });
  else play.send({ type: 'undecided', id: request.id, message: 'no' });
}

describe('whatever is pressed and whatever changes', () => {
  it('a decision is for the request that the last frame asked about, and approved only when read', () => {
    let decisions = 0;
    fc.assert(
      fc.property(sequence, (steps) => {
        const known = versions();
        const play = playerWith(
          ...known.map((version, index) => requestAt(index, version, 'pending')),
        );
        const watcher = new Watcher(play.state);
        for (const step of steps) {
          const before = play.effects.length;
          apply(play, step, known);
          for (const effect of play.effects.slice(before)) {
            if (effect.kind !== 'decide') continue;
            decisions += 1;
            const { card } = watcher;
            expect(step.kind).toBe('keys');
            expect(card?.request).toMatchObject({ id: effect.id, digest: effect.decision.digest });
            if (effect.decision.kind !== 'approve') continue;
            expect(step).toEqual({ kind: 'keys', input: 'y' });
            expect(card?.step.kind).toBe('confirming');
            expect(watcher.covered(card?.rows.exact.text.length ?? Number.NaN)).toBe(true);
          }
          play.draw();
          watcher.saw(play.state);
        }
      }),
      { numRuns: 400 },
    );
    expect(decisions).toBeGreaterThan(20);
  });
});
