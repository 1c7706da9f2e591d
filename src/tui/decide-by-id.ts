import { stateWords } from '../control/client/request-words.ts';
import type { DecideRequest, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import { cardText } from './card-text.ts';
import type { Confirm } from './confirm.ts';
import type { ReviewerApi } from './reviewer-api.ts';

export interface DecideById {
  readonly api: Pick<ReviewerApi, 'request' | 'decide'>;
  readonly id: string;
  readonly kind: DecideRequest['kind'];
  readonly reason: string | null;
  /** What was reviewed; null takes the request as the gateway has it now. */
  readonly digest: string | null;
}

/** @throws UserError DIGEST_MISMATCH (64) when the request is not the one that was reviewed. */
export async function decideById(ask: DecideById): Promise<RequestView> {
  const request = await ask.api.request(ask.id);
  return sendDecision(ask, request);
}

/**
 * Shows the card, asks, and approves what was shown.
 * @throws UserError NOT_DECIDABLE when it cannot be decided, NOT_CONFIRMED (1) without a yes.
 */
export async function approveWithCard(
  ask: Omit<DecideById, 'kind'>,
  show: (text: string) => void,
  confirm: Confirm,
  columns: number,
  now: number,
): Promise<RequestView> {
  const request = await ask.api.request(ask.id);
  show(cardText(request, { columns, now }));
  refuseUndecidable(request);
  if (!(await confirm(`\nApprove ${safeLine(request.id)}? [y/N] `))) {
    throw new UserError(`${request.id} was not approved`, {
      code: 'NOT_CONFIRMED',
      exitCode: exitCodes.failure,
    });
  }
  return sendDecision({ ...ask, kind: 'approve' }, request);
}

/** What a decision came to: `req_01: approved`. */
export function decisionLine(request: RequestView): string {
  const missing = request.awaiting.join(', ');
  const said =
    request.state === 'pending' && missing !== ''
      ? `your approval counts; still needs ${safeLine(missing)}`
      : stateWords(request);
  return `${safeLine(request.id)}: ${said}`;
}

function sendDecision(ask: DecideById, request: RequestView): Promise<RequestView> {
  const { api, id, kind, reason } = ask;
  if (ask.digest !== null && ask.digest !== request.digest) {
    throw new UserError(`${id} is not what was reviewed: its digest is ${request.digest}`, {
      code: 'DIGEST_MISMATCH',
      exitCode: exitCodes.usage,
      hint: `Look at it again: hoopx requests show ${id}`,
    });
  }
  const { digest } = request;
  return api.decide(id, reason === null ? { kind, digest } : { kind, digest, reason });
}

function refuseUndecidable(request: RequestView): void {
  if (request.state !== 'pending') {
    throw new UserError(`${request.id} is not waiting any more: ${stateWords(request)}`, {
      code: 'NOT_DECIDABLE',
      exitCode: exitCodes.failure,
    });
  }
  if (request.mayDecide) return;
  throw new UserError(`you cannot decide ${request.id}: ${request.mayNotDecideBecause ?? ''}`, {
    code: 'NOT_DECIDABLE',
    exitCode: exitCodes.deniedByPolicy,
  });
}
