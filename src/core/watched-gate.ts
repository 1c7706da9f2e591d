import { andThen } from './eventual.ts';
import type { Clearance, OperationGate, Waiting } from './gate.ts';
import type { Operation } from './operation.ts';
import type { OutcomeSink } from './permit.ts';
import type { Refusal } from './refusal.ts';
import type { HeldRequest, Outcome } from './request.ts';
import type { Verdict } from './verdict.ts';

/** The course of one operation, told as it happens. What is told here decides nothing. */
export interface OperationWatch {
  /** People are waited for from now on. */
  held(request: HeldRequest): void;
  /** `request`: the one that people approved, where they had to. */
  cleared(request: HeldRequest | null): void;
  /** It ends here. */
  refused(refusal: Refusal): void;
  /** Its bytes leave. */
  sent(): void;
  /** It ends here. */
  ended(state: 'succeeded' | 'failed' | 'unknown', outcome: Outcome): void;
}

/** Null: nobody wants to know of this one. */
export type Watch = (operation: Operation, verdict: Verdict) => OperationWatch | null;

/** The same gate, of whose operations somebody is told: nothing passes that would not have. */
export function watchedGate(gate: OperationGate, watch: Watch): OperationGate {
  return {
    ...gate,
    submit(operation, waiting, number) {
      const told = watch(operation, gate.foresee(operation.decidable));
      if (told === null) return gate.submit(operation, waiting, number);
      return andThen(gate.submit(operation, telling(waiting, told), number), (clearance) =>
        followed(clearance, told),
      );
    },
  };
}

function telling(waiting: Waiting, told: OperationWatch): Waiting {
  return {
    signal: waiting.signal,
    held(request, first) {
      if (first) told.held(request);
      waiting.held(request, first);
    },
  };
}

function followed(clearance: Clearance, told: OperationWatch): Clearance {
  if (clearance.kind === 'refused') {
    told.refused(clearance.refusal);
    return clearance;
  }
  told.cleared(clearance.approved);
  const permit = clearance.permit.passOn((sink) => {
    told.sent();
    return tellingSink(sink, told);
  });
  return { ...clearance, permit };
}

function tellingSink(sink: OutcomeSink, told: OperationWatch): OutcomeSink {
  const telling = (state: 'succeeded' | 'failed' | 'unknown') => (outcome: Outcome) => {
    told.ended(state, outcome);
    return sink[state](outcome);
  };
  return {
    succeeded: telling('succeeded'),
    failed: telling('failed'),
    unknown: telling('unknown'),
  };
}
