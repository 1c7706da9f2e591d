import type { Refusal } from '../../../core/refusal.ts';

/** Why something is not lent, other than by the rules. */
export const leftOut = {
  turnedOff: { code: 'DENIED_BY_RULE', message: 'it is off for this connection' },
  forFiles: { code: 'DENIED_BY_RULE', message: 'a transfer of files has no use for it' },
  byServer: { code: 'UPSTREAM_UNREACHABLE', message: 'the server does not take it' },
} as const satisfies Record<string, Refusal>;
