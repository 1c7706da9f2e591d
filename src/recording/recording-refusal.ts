import type { Eventual } from '../core/eventual.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';

/** Whatever the disk says, adapters hear of it as of any other reason to end. */
export function orRefused(work: () => Eventual<void>): Eventual<void> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(refuse) : result;
  } catch (error) {
    return refuse(error);
  }
}

/** For a connection that goes on without: whoever is told of the failure logs it. */
export function orNothing(work: () => Eventual<void>): Eventual<void> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(() => {}) : result;
  } catch {
    return;
  }
}

export function refuse(error: unknown): never {
  throw new RefusedError(recordingRefusal(error), { cause: error });
}

export function recordingRefusal(cause: unknown): Refusal {
  return {
    code: 'RECORDING_UNAVAILABLE',
    message: `the session cannot be recorded: ${wordsFor(cause)}`,
    hint: 'Whoever runs the gateway has to see to the folder of its recordings.',
  };
}

function wordsFor(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'ENOENT':
      return 'the folder is gone';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'the folder cannot be written';
    default:
      return 'its file cannot be written';
  }
}
