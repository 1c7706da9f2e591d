import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import type { RequestPosition } from './request-store.ts';

/** Opaque to clients: where a page ended. */
export function cursorOf({ createdAt, id }: RequestPosition): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** Throws a `UserError` (BAD_CURSOR) for anything that `cursorOf` did not make. */
export function positionOf(cursor: string): RequestPosition {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2) {
      const [createdAt, id]: unknown[] = value;
      if (Number.isSafeInteger(createdAt) && typeof id === 'string') {
        return { createdAt: Number(createdAt), id };
      }
    }
  } catch {
    // Falls through: it is not ours, whatever it is.
  }
  throw new UserError('the cursor is not one that this gateway gave', {
    code: 'BAD_CURSOR',
    exitCode: exitCodes.usage,
    hint: 'Start again without a cursor.',
  });
}
