import { setTimeout as delay } from 'node:timers/promises';
import { isRequester, maySee } from '../../approvals/listing.ts';
import { isOpen } from '../../core/open-request.ts';
import type { Refusal } from '../../core/refusal.ts';
import type { HeldRequest } from '../../core/request.ts';
import { done } from './decided.ts';
import { notFound, Problem } from './problem.ts';
import type { Call } from './route.ts';

const lookAgainMs = 20;
/** How long a session that was ended has to tell what became of what it ran. */
const lastWordsMs = 2_000;

/**
 * Its requester cancels it, whom its chains name takes an approval back; where it runs already,
 * either of them, or an operator, ends its session. Throws `Problem`.
 */
export async function cancelRequest(call: Call, reason: string | null): Promise<HeldRequest> {
  const { ports, caller, parameter } = call;
  const { principal } = caller;
  const request = await ports.requests.get(parameter('id'));
  if (request === null) throw notFound();
  const mine = maySee(request, principal);
  if (!mine && !ports.sessions.isOperator(principal)) throw notFound();
  if (mine && isOpen(request)) {
    const decided = isRequester(request, principal)
      ? await ports.requests.cancelByRequester(request.id, principal)
      : await ports.requests.revoke(request.id, principal, reason);
    const beganMeanwhile = decided.kind === 'refused' && decided.request?.state === 'running';
    if (!beganMeanwhile) return done(decided);
  } else if (request.state !== 'running') {
    throw mine ? over(request) : notFound();
  }
  const message = `revoked by ${principal.name}${reason === null ? '' : `: ${reason}`}`;
  return endRun(call, request.id, { code: 'SESSION_KILLED', message });
}

/**
 * What it then came to is for its session to tell. An approval is consumed a moment before a
 * session is known to run it, hence the second look.
 */
async function endRun({ ports }: Call, id: string, refusal: Refusal): Promise<HeldRequest> {
  const until = performance.now() + lastWordsMs;
  for (let ended = false; ; ) {
    ended = ports.sessions.endRunning(id, refusal) || ended;
    await delay(lookAgainMs);
    const request = await ports.requests.get(id);
    if (request === null) throw notFound();
    const waited = performance.now() > until;
    if (ended && (waited || request.state !== 'running')) return request;
    if (waited || request.state !== 'running') throw over(request);
  }
}

function over({ state }: HeldRequest): Problem {
  const message = `it is ${state.replaceAll('_', ' ')}${state === 'running' ? ' elsewhere' : ''}`;
  return new Problem(409, 'CONFLICT', message);
}
