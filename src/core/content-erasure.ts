import type { AuditPrincipal } from './audit-record.ts';
import type { Presentation } from './operation.ts';
import type { HeldRequest } from './request.ts';

/** What is to be erased: what is named, or all requests that ended before a time. */
export type ErasureAsk =
  | {
      readonly kind: 'named';
      readonly requests: readonly string[];
      /** Sessions whose recordings go. */
      readonly sessions: readonly string[];
    }
  /** Milliseconds since the epoch. */
  | { readonly kind: 'before'; readonly before: number };

/** What tells which sessions had to do with a request. */
export type RequestTrace = Pick<
  HeldRequest,
  'sessionId' | 'mode' | 'principal' | 'connection' | 'createdAt' | 'endedAt'
>;

export type Erasure =
  | {
      readonly kind: 'erased';
      /** Those whose content was there until now. */
      readonly requests: readonly string[];
      /** Of all that was asked for, whenever it was erased. */
      readonly traces: readonly RequestTrace[];
    }
  /** Then nothing was erased. */
  | { readonly kind: 'refused'; readonly id: string; readonly because: 'unknown' | 'open' };

/** Takes content out of the store, with the salt that it was committed to the audit log under. */
export interface ContentErasure {
  /** With its audit record, in one transaction for each 200 requests. Throws `RefusedError`. */
  erase(ask: ErasureAsk, by: AuditPrincipal): Promise<Erasure>;
  /** For a recording that is gone. Throws `RefusedError`. */
  forgetSession(session: string): Promise<void>;
  /**
   * Takes what was erased out of free space and the log of the store's file too, while others use
   * it. Throws `RefusedError`, also where another program reads the file.
   */
  purge(): Promise<void>;
}

const nothing: Presentation = {
  ...{ statement: '', parameters: [], notes: [], outline: [] },
  ...{ transaction: null, inputNotReviewed: null },
};

/**
 * What remains tells what the audit log tells too: who asked, where, under which rules, who
 * decided, and how it ended. The digest goes with the salt: short content could be guessed from it.
 */
export function withoutContent(request: HeldRequest, now: number): HeldRequest {
  const { version, decisions, outcome } = request;
  return {
    ...request,
    version: version + 1,
    ...{ salt: '', digest: '', summary: '', presentation: nothing },
    ...{ reason: null, idempotencyKey: null },
    decisions: decisions.map((decision) => ({ ...decision, reason: null })),
    outcome: outcome === null ? null : { ...outcome, message: null },
    erasedAt: now,
  };
}
