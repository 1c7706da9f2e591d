import { describe, expect, it } from 'vitest';
import { type HeldRequest, requestStates } from '../../src/core/request.ts';
import { refusalOfState } from '../../src/core/settlement.ts';
import { heldRequest, reviewer } from '../approvals/bench.ts';
import { someSignature } from '../approvals/signing.ts';

const refusal = (change: Partial<HeldRequest>) => refusalOfState(heldRequest(change));

describe('why a settled request does not run', () => {
  it('is a refusal in every state, with the request and its rules', () => {
    for (const state of requestStates) {
      expect(refusal({ state })).toMatchObject({ requestId: 'req_1' });
    }
  });

  it('says who denied it and why', () => {
    const where = { chain: 'dba', stage: 0, signature: someSignature };
    const said = { by: reviewer, at: 1, reason: 'no ticket', ...where };
    expect(refusal({ state: 'denied', decisions: [{ kind: 'deny', ...said }] })).toMatchObject({
      code: 'DENIED_BY_REVIEWER',
      message: 'denied by reviewer: no ticket',
    });
    const decisions = [{ kind: 'request_changes', ...said } as const];
    expect(refusal({ state: 'changes_requested', decisions })).toMatchObject({
      code: 'CHANGES_REQUESTED',
      message: 'reviewer asks for changes: no ticket',
    });
  });

  it('tells the requester’s own cancelling from somebody else’s', () => {
    expect(refusal({ state: 'cancelled', cancelledBy: 'engineer' }).code).toBe(
      'CANCELLED_BY_REQUESTER',
    );
    const outcome = { message: 'the gateway restarted', targetCode: null, rowCount: null };
    expect(refusal({ state: 'cancelled', cancelledBy: 'the gateway', outcome })).toMatchObject({
      code: 'CANCELLED_BY_OTHER',
      message: 'cancelled by the gateway: the gateway restarted',
    });
  });

  it('tells a decision that did not come from an approval that was not used', () => {
    expect(refusal({ state: 'expired' }).message).toBe('nobody approved it in time');
    expect(refusal({ state: 'expired', runBefore: 5 }).message).toBe(
      'it was approved, but not run in time',
    );
    expect(refusal({ state: 'expired', fallbackCause: 'no_decision_in_time' })).toMatchObject({
      code: 'EXPIRED',
      message: 'nobody approved it in time, and its fallback does not allow it',
    });
  });

  it('never gives a right to run again', () => {
    for (const state of ['running', 'succeeded', 'failed', 'unknown'] as const) {
      expect(refusal({ state }).code).toBe('ALREADY_RAN');
    }
  });
});
