import { exitCodes } from '../core/exit-codes.ts';
import type { RefusalCode } from '../core/refusal.ts';
import { isRefusalCode } from './exit-code.ts';
import { type HttpAnswer, refusalCodeOf } from './http-answer.ts';
import { isWell, type KubectlAnswer } from './kubectl-answer.ts';
import type { RemoteAnswer } from './remote-answer.ts';
import type { SqlAnswer, SqlError } from './sql-answer.ts';

/** What the connection brought back. */
export type Answer = SqlAnswer | RemoteAnswer | HttpAnswer | KubectlAnswer;

/** What the connection said, in words. */
export interface Words {
  readonly message: string;
  readonly hint: string | null;
}

/** A refusal as the connection itself shows it; the gateway's API comes before it. */
export interface ShownRefusal extends Words {
  readonly code: RefusalCode;
  /** The connection is gone with it. */
  readonly fatal: boolean;
  /** It came after all that the gateway's API knows of. */
  readonly last: boolean;
}

/** Whether the connection ended before it was known how the target did. */
export function isLost(answer: Answer): boolean {
  if (answer.protocol === 'postgres') return answer.lost;
  if (answer.protocol === 'http') return answer.end.kind === 'lost';
  if (answer.protocol === 'kubernetes') return false;
  return answer.end.kind !== 'exited' && answer.end.kind !== 'killed';
}

/** Whether the gateway would not even take it, so that nothing can have run. */
export function isTurnedAway(answer: Answer): boolean {
  if (answer.protocol === 'http') return answer.end.kind === 'told';
  if (answer.protocol === 'kubernetes') return false;
  if (answer.protocol === 'ssh') return answer.end.kind === 'refused' || answer.end.kind === 'told';
  return shownRefusal(answer)?.fatal === true;
}

export function wordsOf(answer: Answer): Words | null {
  if (answer.protocol === 'postgres') return answer.error;
  const { end } = answer;
  if (!('message' in end) || end.message === null) return null;
  return { message: end.message, hint: 'hint' in end ? end.hint : null };
}

export function shownRefusal(answer: Answer): ShownRefusal | null {
  switch (answer.protocol) {
    case 'postgres':
      return inError(answer);
    case 'ssh':
      return inEnd(answer);
    case 'http':
      return inProblem(answer);
    case 'kubernetes':
      return null;
    default:
      return answer satisfies never;
  }
}

function inError({ error }: SqlAnswer): ShownRefusal | null {
  const code = error === null ? null : gatewayWord(error);
  if (error === null || code === null) return null;
  const { message, hint, severity } = error;
  return { code, message, hint, fatal: severity === 'FATAL', last: false };
}

function inEnd({ end }: RemoteAnswer): ShownRefusal | null {
  if (end.kind !== 'told' || !isRefusalCode(end.code)) return null;
  return { code: end.code, message: end.message, hint: null, fatal: false, last: true };
}

function inProblem({ end }: HttpAnswer): ShownRefusal | null {
  if (end.kind !== 'told') return null;
  const { code, message, hint } = end;
  return { code: refusalCodeOf(code), message, hint, fatal: false, last: true };
}

/** The reason in an error of the gateway's own. */
function gatewayWord({ message, detail }: SqlError): RefusalCode | null {
  if (!message.startsWith('hoopx: ')) return null;
  const code = /Reason ([A-Z_]+)\.$/.exec(detail ?? '')?.[1] ?? '';
  return isRefusalCode(code) ? code : null;
}

const gatewayCodes: ReadonlySet<number> = new Set(
  Object.values(exitCodes).filter((code) => code > exitCodes.failure),
);

/**
 * A remote command's exit code may be the gateway's own word, and whatever befalls kubectl is an
 * error to it; only the gateway's API can tell which.
 */
export function isAmbiguous(answer: Answer): boolean {
  if (answer.protocol === 'kubernetes') return !isWell(answer);
  return (
    answer.protocol === 'ssh' && answer.end.kind === 'exited' && gatewayCodes.has(answer.end.code)
  );
}
