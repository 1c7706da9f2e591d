import type { HeldRequest } from '../../../core/request.ts';
import { safeText } from '../../../core/safe-text.ts';
import { refusalOfState } from '../../../core/settlement.ts';

/** What the page of a held request is told. */
export interface Progress {
  readonly requestId: string;
  readonly state: HeldRequest['state'];
  readonly text: string;
  /** `ask`: it is approved, and the same request again runs. */
  readonly next: 'wait' | 'ask' | 'stop';
}

export function progressOf(request: HeldRequest): Progress {
  const { id, state } = request;
  const progress = (next: Progress['next'], text: string): Progress => ({
    ...{ requestId: id, state, next },
    text: safeText(text),
  });
  switch (state) {
    case 'pending':
      return progress('wait', pendingText(request));
    case 'approved':
    case 'fallback_approved':
      return progress('ask', 'Approved. It is sent now.');
    case 'running':
      return progress('stop', 'It runs now.');
    case 'succeeded':
    case 'failed':
      return progress('stop', `It has run: ${request.outcome?.message ?? state}.`);
    default:
      return progress('stop', `Not run: ${refusalOfState(request).message}.`);
  }
}

function pendingText({ decisions }: HeldRequest): string {
  const names = decisions.filter(({ kind }) => kind === 'approve').map(({ by }) => by.name);
  return names.length === 0
    ? 'Nobody has decided yet.'
    : `Approved so far by ${names.join(', ')}; more have to.`;
}
