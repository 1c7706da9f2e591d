import { constants } from 'node:os';
import type { RemoteEnd } from '../core/remote-command.ts';
import type { RemoteOutput } from './captured-output.ts';

/** What came of one remote command. */
export interface RemoteAnswer {
  readonly protocol: 'ssh';
  readonly end: RemoteEnd;
  /** What was kept of its output; null when it went to stdout and stderr instead. */
  readonly output: RemoteOutput | null;
}

const unknownSignal = 255;

/** As a shell has it: 128 and the signal's number. `name` with or without SIG. */
export function exitOfSignal(name: string): number {
  const full = name.startsWith('SIG') ? name : `SIG${name}`;
  const number = Object.entries(constants.signals).find(([each]) => each === full)?.[1];
  return number === undefined ? unknownSignal : 128 + number;
}

/** `child` of the result. */
export function childOf(end: Extract<RemoteEnd, { kind: 'exited' | 'killed' }>): {
  readonly exitCode: number;
  readonly message?: string;
} {
  if (end.kind === 'exited') return { exitCode: end.code };
  const because = end.message === null ? '' : `: ${end.message}`;
  return {
    exitCode: exitOfSignal(end.signal),
    message: `killed by SIG${end.signal}${because}`,
  };
}
