import { RefusedError } from '../../../core/refusal.ts';

/** The service has answered, and the answer stays here, or what is left of it. */
export class UnmaskableError extends RefusedError {
  constructor(why: string) {
    super({
      code: 'UNMASKABLE',
      message: `the answer is not shown, because it could not be masked: ${why}`,
    });
  }
}

/** What a promise came to, with this error as a value. */
export async function orUnmaskable<Value>(work: Promise<Value>): Promise<Value | UnmaskableError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnmaskableError) return error;
    throw error;
  }
}
