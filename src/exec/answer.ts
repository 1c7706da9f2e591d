import { exitCodes } from '../core/exit-codes.ts';
import type { RefusalCode } from '../core/refusal.ts';
import { isRefusalCode } from './exit-code.ts';
import type { RemoteAnswer } from './remote-answer.ts';
import type { SqlAnswer, SqlError } from './sql-answer.ts';

/** What the connection brought back. */
export type Answer = SqlAnswer | RemoteAnswer;

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
}

/** Whether the connection ended before it was known how the target did. */
export function isLost(answer: Answer): boolean {
  if (answer.protocol === 'postgres') return answer.lost;
  return answer.end.kind === 'lost' || answer.end.kind === 'refused';
}

/** Whether the gateway would not even take it, so that nothing can have run. */
export function isTurnedAway(answer: Answer): boolean {
  if (answer.protocol === 'ssh') return answer.end.kind === 'refused';
  return shownRefusal(answer)?.fatal === true;
}

export function wordsOf(answer: Answer): Words | null {
  if (answer.protocol === 'postgres') return answer.error;
  return 'message' in answer.end && answer.end.message !== null
    ? { message: answer.end.message, hint: null }
    : null;
}

export function shownRefusal(answer: Answer): ShownRefusal | null {
  if (answer.protocol === 'ssh' || answer.error === null) return null;
  const { error } = answer;
  const code = gatewayWord(error);
  if (code === null) return null;
  return { code, message: error.message, hint: error.hint, fatal: error.severity === 'FATAL' };
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

/** A remote command's exit code may be the gateway's own word; only its API can tell which. */
export function isAmbiguous(answer: Answer): boolean {
  return (
    answer.protocol === 'ssh' && answer.end.kind === 'exited' && gatewayCodes.has(answer.end.code)
  );
}
