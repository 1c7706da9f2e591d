import type { StageSpec } from '../core/rules.ts';
import type { ChainRequirement } from '../core/verdict.ts';

/** A stage of a chain, and who holds its places so far. */
export interface Seat<Taker> {
  readonly chain: ChainRequirement;
  /** Index into `chain.stages`. */
  readonly stage: number;
  readonly spec: StageSpec;
  readonly holders: readonly Taker[];
}

export interface Seating<Taker> {
  /** Gives the taker a place if one can be had, moving others where that helps; else null. */
  offer(taker: Taker): Seat<Taker> | null;
  /** The stages that still lack people, in order. */
  missing(): readonly Seat<Taker>[];
}

interface OpenSeat<Taker> extends Seat<Taker> {
  readonly holders: Taker[];
}

/**
 * Seats each taker at most once over all chains, so that one person in two groups counts
 * once. Who was seated first never blocks a later one: it is a maximum matching, grown by
 * augmenting paths. A stage opens when the stages before it in its chain are full.
 */
export function seating<Taker>(
  chains: readonly ChainRequirement[],
  fits: (taker: Taker, spec: StageSpec) => boolean,
): Seating<Taker> {
  const rows = chains.map((chain) =>
    chain.stages.map((spec, stage): OpenSeat<Taker> => ({ chain, stage, spec, holders: [] })),
  );

  function place(taker: Taker, tried: Set<OpenSeat<Taker>>): OpenSeat<Taker> | null {
    for (const seat of rows.flatMap(opened)) {
      if (tried.has(seat) || !fits(taker, seat.spec)) continue;
      tried.add(seat);
      if (!full(seat)) {
        seat.holders.push(taker);
        return seat;
      }
      const moved = seat.holders.findIndex((holder) => place(holder, tried) !== null);
      if (moved >= 0) {
        seat.holders[moved] = taker;
        return seat;
      }
    }
    return null;
  }

  return {
    offer: (taker) => place(taker, new Set()),
    missing: () => rows.flat().filter((seat) => !full(seat)),
  };
}

function opened<Taker>(row: readonly OpenSeat<Taker>[]): readonly OpenSeat<Taker>[] {
  const current = row.findIndex((seat) => !full(seat));
  return current < 0 ? row : row.slice(0, current + 1);
}

function full(seat: Seat<unknown>): boolean {
  return seat.holders.length >= seat.spec.count;
}
