import type { Decided, DecidedCode } from '../../approvals/controls.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { ApiErrorCode } from '../contract.ts';
import { Problem } from './problem.ts';

const answers: Record<DecidedCode, readonly [status: number, code: ApiErrorCode]> = {
  NOT_FOUND: [404, 'NOT_FOUND'],
  NOT_PENDING: [409, 'CONFLICT'],
  NOT_APPROVED: [409, 'CONFLICT'],
  NOT_RUNNING: [409, 'CONFLICT'],
  NOT_OPEN: [409, 'CONFLICT'],
  NOT_DUE: [409, 'CONFLICT'],
  HAS_KEY: [409, 'CONFLICT'],
  KEY_TAKEN: [409, 'CONFLICT'],
  SURVIVES_RESTART: [409, 'CONFLICT'],
  DIGEST_MISMATCH: [409, 'CONFLICT'],
  ALREADY_DECIDED_BY_PERSON: [409, 'CONFLICT'],
  OWN_REQUEST: [403, 'FORBIDDEN'],
  OTHER_NAMESPACE: [403, 'FORBIDDEN'],
  NOT_ELIGIBLE: [403, 'FORBIDDEN'],
  NOT_REQUESTER: [403, 'FORBIDDEN'],
  REASON_TOO_LONG: [400, 'BAD_REQUEST'],
  KEY_NOT_ENROLLED: [403, 'KEY_NOT_ENROLLED'],
  BAD_SIGNATURE: [403, 'FORBIDDEN'],
};

/** What stands, or the answer to whoever asked for what could not be. */
export function done(decided: Decided): HeldRequest {
  if (decided.kind === 'done') return decided.request;
  const [status, code] = answers[decided.code];
  const hint = code === 'KEY_NOT_ENROLLED' ? { hint: 'Run: hoopx login' } : {};
  throw new Problem(status, code, decided.message, hint);
}
