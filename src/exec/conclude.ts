import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { isOpen } from '../core/open-request.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { UserError } from '../core/user-error.ts';
import {
  type Answer,
  isAmbiguous,
  isLost,
  isTurnedAway,
  shownRefusal,
  type Words,
  wordsOf,
} from './answer.ts';
import { answered } from './answered.ts';
import type { Ending } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import { execResult, type Target } from './exec-result.ts';
import { endingOfRefusal, exitOfStop } from './exit-code.ts';
import { settledEnding } from './settled-ending.ts';

/** All that is known when exec's own part is over. */
export interface Facts {
  readonly target: Target;
  readonly ending: Ending;
  /** The SQL has left for the gateway. */
  readonly sent: boolean;
  readonly operation: OperationView | null;
  /** As it is now; null when there is none, or when the gateway could not be asked. */
  readonly request: RequestView | null;
  /** As it was when it was held. */
  readonly held: RequestView | null;
  /** Why the gateway could not be asked. */
  readonly fault: UserError | null;
}

/**
 * What to report. The gateway's word on the request comes before what the connection showed,
 * and where neither tells whether it ran, that is what is said.
 */
export function conclude(facts: Facts): ExecReport {
  const { ending, operation, request, fault } = facts;
  const answer = ending.kind === 'left' ? null : ending.answer;
  const shown = answer === null ? null : shownRefusal(answer);
  const refusal = refusalOf(facts, shown);
  // The request that it names is another operation's.
  if (refusal?.code === 'IDEMPOTENCY_CONFLICT') {
    return refused({ ...facts, request: null, held: null }, refusal);
  }
  if (request !== null && isOpen(request)) return stillOpen(facts, request, refusal);
  if (refusal !== null && refusal.code !== 'ALREADY_RAN') return refused(facts, refusal);
  if (refusal === null && answer !== null && speaksForTarget(answer, facts)) {
    return answered(facts, answer);
  }
  if (request !== null) return settledEnding(facts, request);
  if (fault?.exitCode === exitCodes.loginRequired && facts.held !== null) return loginLost(facts);
  const turnedAway = answer !== null && isTurnedAway(answer);
  const nothingAsked = !facts.sent || (operation === null && fault === null && turnedAway);
  return nothingAsked ? notAsked(facts, answer) : unknown(facts, answer);
}

interface Said extends Words {
  readonly code: RefusalCode;
}

/** From the API; from what the connection showed only when the API could not be asked. */
function refusalOf({ operation, fault }: Facts, shown: ReturnType<typeof shownRefusal>) {
  if (shown?.last === true) return operation?.refusal ?? shown;
  if (operation !== null) return operation.refusal;
  return shown === null || fault === null || shown.fatal ? null : shown;
}

function speaksForTarget(answer: Answer, { operation, fault }: Facts): boolean {
  if (isLost(answer) || shownRefusal(answer)?.fatal === true) return false;
  return operation !== null || fault === null || !isAmbiguous(answer);
}

/** The session is over, and the request stands: it can still be decided and claimed. */
function stillOpen(facts: Facts, request: RequestView, refusal: Said | null): ExecReport {
  const { target, operation, ending } = facts;
  const status = request.state === 'pending' ? 'pending' : 'approved';
  const expired = refusal?.code === 'LOGIN_EXPIRED';
  const notStopped = ending.kind === 'stopped' ? 'it could not be cancelled' : null;
  const message = refusal?.message ?? notStopped;
  return {
    exitCode: expired ? exitCodes.loginRequired : exitCodes.pending,
    result: execResult({ target, operation, request, status, source: 'hoopx' }),
    answer: null,
    refusal: message === null ? null : { message, hint: refusal?.hint ?? null },
  };
}

function refused(facts: Facts, { code, message, hint }: Said): ExecReport {
  const { target, operation, ending } = facts;
  const request = facts.request ?? facts.held;
  const { exitCode, status } = endingOfRefusal[code];
  const own = ending.kind === 'stopped' && code === 'CANCELLED_BY_REQUESTER';
  return {
    exitCode: own ? exitOfStop[ending.why].exitCode : exitCode,
    result: execResult({ target, operation, request, status, source: 'hoopx' }),
    answer: null,
    refusal: own ? { message: exitOfStop[ending.why].message, hint: null } : { message, hint },
  };
}

function loginLost({ target, operation, held, fault }: Facts): ExecReport {
  return {
    exitCode: exitCodes.loginRequired,
    result: execResult({
      target,
      operation,
      request: held,
      status: 'pending',
      source: 'hoopx',
    }),
    answer: null,
    refusal: { message: fault?.message ?? '', hint: fault?.hint ?? null },
  };
}

/** The gateway never got to decide anything, so nothing has run. */
function notAsked(facts: Facts, answer: Answer | null): ExecReport {
  const { target, ending } = facts;
  const stop = ending.kind === 'stopped' ? exitOfStop[ending.why] : null;
  const unreached = { exitCode: exitCodes.gatewayUnreachable, status: 'failed' } as const;
  const shown = answer === null ? null : shownRefusal(answer);
  const { exitCode, status } = shown?.fatal ? endingOfRefusal[shown.code] : unreached;
  const words = answer === null ? null : wordsOf(answer);
  const message = words?.message ?? 'the connection ended before anything was asked';
  return {
    exitCode: stop?.exitCode ?? exitCode,
    result: execResult({
      target,
      operation: null,
      request: null,
      status: stop === null ? status : 'cancelled',
      source: 'hoopx',
    }),
    answer: null,
    refusal: { message: stop?.message ?? message, hint: words?.hint ?? null },
  };
}

function unknown(facts: Facts, answer: Answer | null): ExecReport {
  const { target, operation, fault, ending } = facts;
  const words = answer === null ? null : wordsOf(answer);
  const why = words?.message ?? fault?.message ?? 'the connection ended';
  // Whoever stops what has no word for that hangs up on it when it does not end by itself.
  const hungUp = target.protocol !== 'postgres' && ending.kind === 'stopped' && fault === null;
  return {
    exitCode: hungUp ? exitOfStop[ending.why].exitCode : exitCodes.outcomeUnknown,
    result: execResult({
      target,
      operation,
      request: facts.held,
      status: 'unknown',
      source: 'hoopx',
    }),
    answer: null,
    refusal: {
      message: `${why}; it is not known whether it ran`,
      hint: 'Look at the target before you run it again.',
    },
  };
}
