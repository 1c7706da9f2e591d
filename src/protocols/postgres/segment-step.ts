import type { Clearance } from '../../core/gate.ts';
import type { Refusal } from '../../core/refusal.ts';
import { syncOwed } from './expectation.ts';
import type { Plan } from './plan.ts';
import type { Segment } from './segment.ts';
import { encodeFlush } from './wire/frontend/bodiless.ts';
import { spanOf } from './wire/span.ts';

export type Refused = Extract<Clearance, { kind: 'refused' }>;

/**
 * What becomes of one message: `doomed` in a transaction that has failed. A bare refusal is of no
 * operation: nothing was put to the gate.
 */
export type Step = 'planned' | 'doomed' | Refused | Refusal;

/** Notes what became of a message; false where nothing behind it is looked at. */
export function goesOn(step: Step, segment: Segment): boolean {
  segment.at += 1;
  if (step === 'planned') return true;
  if (step === 'doomed') segment.plan.failAsServer('extended');
  else if ('kind' in step) segment.plan.refuse(step.refusal, 'extended', true);
  else segment.plan.refuse(step, 'extended', false);
  ended(segment);
  return false;
}

/** What a segment ends with goes on even when something in it is refused. */
export function ended({ plan, messages }: Segment): Plan {
  const last = messages[messages.length - 1];
  if (last?.kind === 'sync') plan.forward(last.raw, syncOwed);
  else plan.forward(last?.kind === 'flush' ? last.raw : spanOf(encodeFlush()), null);
  return plan;
}

/** Text that comes now might be read by the server under other settings. */
export const afterOpaque: Refusal = {
  code: 'NAME_UNCERTAIN',
  message: 'an operation that could change anything comes before this in its pipeline',
  hint: 'Send Sync after it, then go on.',
};
