import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { UserError } from '../core/user-error.ts';
import type { Ending } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import { execResult, resultOf } from './exec-result.ts';
import { endingOfRefusal, exitOfStop, isRefusalCode } from './exit-code.ts';
import { settledEnding } from './settled-ending.ts';
import type { SqlAnswer, SqlError } from './sql-answer.ts';

/** All that is known when exec's own part is over. */
export interface Facts {
  readonly connection: string;
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
  const fatal = answer?.error?.severity === 'FATAL' ? gatewayWord(answer.error) : null;
  const refusal = refusalOf(facts, answer);
  // The request that it names is another operation's.
  if (refusal?.code === 'IDEMPOTENCY_CONFLICT') {
    return refused({ ...facts, request: null, held: null }, refusal);
  }
  if (request !== null && isOpen(request)) return stillOpen(facts, request, refusal);
  if (refusal !== null && refusal.code !== 'ALREADY_RAN') return refused(facts, refusal);
  if (refusal === null && answer !== null && !answer.lost && fatal === null) {
    return answered(facts, answer);
  }
  if (request !== null) return settledEnding(facts, request);
  if (fault?.exitCode === exitCodes.loginRequired && facts.held !== null) return loginLost(facts);
  const nothingAsked = !facts.sent || (operation === null && fault === null && fatal !== null);
  return nothingAsked ? notAsked(facts, answer, fatal) : unknown(facts, answer);
}

interface Said {
  readonly code: RefusalCode;
  readonly message: string;
  readonly hint: string | null;
}

/** From the API; from the error itself only when the API could not be asked. */
function refusalOf({ operation, fault }: Facts, answer: SqlAnswer | null): Said | null {
  if (operation !== null) return operation.refusal;
  const error = answer?.error ?? null;
  if (error === null || fault === null || error.severity === 'FATAL') return null;
  const code = gatewayWord(error);
  return code === null ? null : { code, message: error.message, hint: error.hint };
}

/** The reason in an error of the gateway's own. */
function gatewayWord({ message, detail }: SqlError): RefusalCode | null {
  if (!message.startsWith('hoopx: ')) return null;
  const code = /Reason ([A-Z_]+)\.$/.exec(detail ?? '')?.[1] ?? '';
  return isRefusalCode(code) ? code : null;
}

function isOpen({ state }: RequestView): boolean {
  return state === 'pending' || state === 'approved' || state === 'fallback_approved';
}

/** The session is over, and the request stands: it can still be decided and claimed. */
function stillOpen(facts: Facts, request: RequestView, refusal: Said | null): ExecReport {
  const { connection, operation, ending } = facts;
  const status = request.state === 'pending' ? 'pending' : 'approved';
  const expired = refusal?.code === 'LOGIN_EXPIRED';
  const notStopped = ending.kind === 'stopped' ? 'it could not be cancelled' : null;
  const message = refusal?.message ?? notStopped;
  return {
    exitCode: expired ? exitCodes.loginRequired : exitCodes.pending,
    result: execResult({ connection, operation, request, status, source: 'hoopx' }),
    answer: null,
    refusal: message === null ? null : { message, hint: refusal?.hint ?? null },
  };
}

function refused(facts: Facts, { code, message, hint }: Said): ExecReport {
  const { connection, operation, ending } = facts;
  const request = facts.request ?? facts.held;
  const { exitCode, status } = endingOfRefusal[code];
  const own = ending.kind === 'stopped' && code === 'CANCELLED_BY_REQUESTER';
  return {
    exitCode: own ? exitOfStop[ending.why].exitCode : exitCode,
    result: execResult({ connection, operation, request, status, source: 'hoopx' }),
    answer: null,
    refusal: own ? { message: exitOfStop[ending.why].message, hint: null } : { message, hint },
  };
}

const queryCanceled = '57014';

function answered(facts: Facts, answer: SqlAnswer): ExecReport {
  const { connection, operation, request, ending } = facts;
  const { error, wantedCopyData } = answer;
  const parts = { connection, operation, request, source: 'child' } as const;
  if (error === null) {
    const child = { exitCode: exitCodes.success };
    const result = execResult({ ...parts, status: 'succeeded', result: resultOf(answer), child });
    return { exitCode: exitCodes.success, result, answer, refusal: null };
  }
  const { code: sqlstate, message } = error;
  const child = { exitCode: exitCodes.failure, sqlstate, message };
  const why = wantedCopyData ? 'copy_data' : ending.kind === 'stopped' ? ending.why : null;
  const stop = why !== null && sqlstate === queryCanceled ? exitOfStop[why] : null;
  return {
    exitCode: stop?.exitCode ?? exitCodes.failure,
    result: execResult({ ...parts, status: 'failed', child }),
    answer,
    refusal: stop === null ? null : { message: stop.message, hint: null },
  };
}

function loginLost({ connection, operation, held, fault }: Facts): ExecReport {
  return {
    exitCode: exitCodes.loginRequired,
    result: execResult({
      connection,
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
function notAsked(facts: Facts, answer: SqlAnswer | null, fatal: RefusalCode | null): ExecReport {
  const { connection, ending } = facts;
  const stop = ending.kind === 'stopped' ? exitOfStop[ending.why] : null;
  const unreached = { exitCode: exitCodes.gatewayUnreachable, status: 'failed' } as const;
  const { exitCode, status } = fatal === null ? unreached : endingOfRefusal[fatal];
  const message = answer?.error?.message ?? 'the connection ended before anything was asked';
  return {
    exitCode: stop?.exitCode ?? exitCode,
    result: execResult({
      connection,
      operation: null,
      request: null,
      status: stop === null ? status : 'cancelled',
      source: 'hoopx',
    }),
    answer: null,
    refusal: { message: stop?.message ?? message, hint: answer?.error?.hint ?? null },
  };
}

function unknown(facts: Facts, answer: SqlAnswer | null): ExecReport {
  const { connection, operation, fault } = facts;
  const why = answer?.error?.message ?? fault?.message ?? 'the connection ended';
  return {
    exitCode: exitCodes.outcomeUnknown,
    result: execResult({
      connection,
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
