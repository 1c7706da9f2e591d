/**
 * A problem of the user's, not a defect of ours: what is wrong, what to do, and the exit
 * code that scripts read. Anything else that is thrown is a bug.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(
    message: string,
    detail: { code: string; exitCode: number; hint?: string; cause?: unknown },
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = detail.code;
    this.exitCode = detail.exitCode;
    this.hint = detail.hint;
  }
}
