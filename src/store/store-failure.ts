import { RefusedError } from '../core/refusal.ts';

const reasons: readonly (readonly [prefix: string, reason: string])[] = [
  ['SQLITE_FULL', 'its disk is full'],
  ['SQLITE_BUSY', 'another program has locked it'],
  ['SQLITE_LOCKED', 'another program has locked it'],
  ['SQLITE_CORRUPT', 'its file is damaged'],
  ['SQLITE_NOTADB', 'its file is damaged'],
  ['SQLITE_IOERR', 'its disk fails'],
  ['SQLITE_READONLY', 'its file cannot be written'],
  ['SQLITE_CANTOPEN', 'its file cannot be opened'],
];

export function failureReason(error: unknown): string {
  const code = codeOf(error);
  return reasons.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'it failed';
}

/** Every failure of the store as the refusal that it means to whoever waits for it. */
export async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(failureReason(error), error);
  }
}

export function unavailable(reason: string, cause?: unknown): RefusedError {
  return new RefusedError(
    {
      code: 'STORE_UNAVAILABLE',
      message: `the gateway's store cannot be used: ${reason}`,
      hint: 'Tell whoever runs the gateway; its log says more.',
    },
    { cause },
  );
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
