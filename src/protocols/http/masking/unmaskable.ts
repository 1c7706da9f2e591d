import { RefusedError } from '../../../core/refusal.ts';

/** The service has answered, and the answer stays here, or what is left of it. */
export class UnmaskableError extends RefusedError {
  /** The head has left, and some of the body may have: there is no other way than to break off. */
  readonly begun: boolean;

  constructor(why: string, begun: boolean) {
    super({
      code: 'UNMASKABLE',
      message: `the answer is not shown, because it could not be masked: ${why}`,
    });
    this.begun = begun;
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
