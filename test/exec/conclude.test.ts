import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationView, PrincipalView, RequestView } from '../../src/control/contract.ts';
import { type RefusalCode, refusalCodes } from '../../src/core/refusal.ts';
import type { RemoteEnd } from '../../src/core/remote-command.ts';
import { requestStates } from '../../src/core/request.ts';
import { UserError } from '../../src/core/user-error.ts';
import type { Answer } from '../../src/exec/answer.ts';
import { conclude, type Facts } from '../../src/exec/conclude.ts';
import type { RemoteAnswer } from '../../src/exec/remote-answer.ts';
import type { SqlAnswer, SqlError } from '../../src/exec/sql-answer.ts';
import { remoteResultSchema, resultSchema } from './exec-bench.ts';

const principal: PrincipalView = {
  ...{ name: 'ann', subject: 'ann', issuer: 'https://idp.test', kind: 'human', person: 'ann' },
  ...{ groups: [], groupsClaimMissing: false, authenticatedBy: 'oidc test' },
};
const digest = `sha256:${'0'.repeat(64)}`;
const at = '2026-01-02T03:04:05Z';

function requestIn(state: RequestView['state'], targetCode: string | null = null): RequestView {
  return {
    ...{
      id: 'req_1',
      salt: 's',
      version: 1,
      state,
      mode: 'claimable',
      createdAt: at,
      expiresAt: at,
    },
    ...{ runBefore: null, endedAt: null, principal, protocol: 'postgres', database: 'app' },
    connection: { name: 'pg', revision: 'r', labels: {} },
    ...{ upstreamUser: 'app', digest, summary: 'x', reason: null, idempotencyKey: null },
    presentation: {
      ...{ statement: 'x', parameters: [], notes: [], outline: [], inputNotReviewed: null },
      transaction: { state: 'none', ran: [] },
    },
    ...{ rules: ['r'], policyRevision: 'p', chains: [], decisions: [], fallbackCause: null },
    cancelledBy: state === 'cancelled' ? 'ann' : null,
    outcome: { message: null, targetCode, rowCount: null },
    ...{ sessionId: 's', awaiting: [], mayDecide: false, mayNotDecideBecause: null, own: true },
  };
}

function operationWith(code: RefusalCode | null): OperationView {
  const refusal = code === null ? null : { code, message: 'because', hint: null };
  return {
    ...{ summary: 'x', digest, verdict: 'review', rules: ['r'], policyRevision: 'p' },
    ...{ requestId: 'req_1', refusal, decided: true },
  };
}

function errorOf(severity: string, code: string, reason?: RefusalCode): SqlError {
  const detail = reason === undefined ? null : `Reason ${reason}.`;
  const message = reason === undefined ? 'no' : 'hoopx: no';
  return { code, severity, message, detail, hint: null, position: null };
}

const sqlAnswers: fc.Arbitrary<SqlAnswer> = fc.record({
  protocol: fc.constant('postgres'),
  results: fc.constant([]),
  error: fc.oneof(
    fc.constant(null),
    fc.constantFrom(errorOf('ERROR', '42P01'), errorOf('ERROR', '57014')),
    fc.constantFrom(...refusalCodes).map((code) => errorOf('FATAL', '57P01', code)),
    fc.constantFrom(...refusalCodes).map((code) => errorOf('ERROR', '42501', code)),
  ),
  lost: fc.boolean(),
  wantedCopyData: fc.constant(false),
});

const ends: fc.Arbitrary<RemoteEnd> = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map((code) => ({ kind: 'exited', code }) as const),
  fc
    .constantFrom('TERM', 'KILL', 'XYZ@x')
    .map((signal) => ({ kind: 'killed', signal, message: null }) as const),
  fc
    .constantFrom(...refusalCodes, 'NEWER')
    .map((code) => ({ kind: 'told', code, message: 'because' }) as const),
  fc.constantFrom('lost', 'refused').map((kind) => ({ kind, message: 'gone' }) as const),
);

const remoteAnswers: fc.Arbitrary<RemoteAnswer> = fc.record({
  protocol: fc.constant('ssh'),
  end: ends,
  output: fc.option(fc.constant({ stdout: 'out', stderr: '', truncated: false })),
});

function factsOf(protocol: string, answers: fc.Arbitrary<Answer>): fc.Arbitrary<Facts> {
  const target = fc.constant({ connection: 'pg', protocol });
  return fc.record({
    target,
    ending: fc.oneof(
      answers.map((answer) => ({ kind: 'answered', answer }) as const),
      fc.constantFrom('waited', 'terminated').map((why) => ({ kind: 'left', why }) as const),
      fc
        .tuple(fc.constantFrom('interrupted', 'time_limit'), fc.option(answers))
        .map(([why, answer]) => ({ kind: 'stopped', why, answer }) as const),
    ),
    sent: fc.boolean(),
    operation: fc.option(fc.option(fc.constantFrom(...refusalCodes)).map(operationWith)),
    request: fc.option(
      fc.constantFrom(...requestStates).map((state) => ({ ...requestIn(state), protocol })),
    ),
    held: fc.option(fc.constant({ ...requestIn('pending'), protocol })),
    fault: fc.option(
      fc
        .constantFrom(69, 4, 64)
        .map((exitCode) => new UserError('gone', { code: 'GATEWAY_UNREACHABLE', exitCode })),
    ),
  });
}

const facts: fc.Arbitrary<Facts> = fc.oneof(
  factsOf('postgres', sqlAnswers),
  factsOf('ssh', remoteAnswers),
);

function isSuccess(answer: Answer): boolean {
  if (answer.protocol === 'postgres') return answer.error === null && !answer.lost;
  return answer.end.kind === 'exited' && answer.end.code === 0;
}

/** What the gateway said last, in the command's own channel. */
function toldBy({ ending }: Facts): string | null {
  const answer = ending.kind === 'left' ? null : ending.answer;
  return answer?.protocol === 'ssh' && answer.end.kind === 'told' ? answer.end.code : null;
}

const schemas = { postgres: resultSchema, ssh: remoteResultSchema };

function protocolOf({ target }: Facts): 'postgres' | 'ssh' {
  return target.protocol === 'ssh' ? 'ssh' : 'postgres';
}

describe('what exec concludes', () => {
  it('is always one valid result, whatever is known', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const { exitCode, result } = conclude(known);
        schemas[protocolOf(known)].parse(JSON.parse(JSON.stringify(result)));
        expect(result.final).toBe(!['pending', 'approved', 'running'].includes(result.status));
        if (protocolOf(known) === 'ssh') return;
        expect([0, 1, 4, 64, 69, 75, 77, 80, 81, 82, 84, 124, 130]).toContain(exitCode);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is success only by the word of the target, or of the record', () => {
    fc.assert(
      fc.property(facts, (known) => {
        if (conclude(known).exitCode !== 0) return;
        const { ending, request } = known;
        const answer = ending.kind === 'left' ? null : ending.answer;
        expect((answer !== null && isSuccess(answer)) || request?.state === 'succeeded').toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never says that nothing ran when it was sent and nobody can tell', () => {
    const target = { connection: 'pg', protocol: 'postgres' };
    const fatal = fc.constantFrom(...refusalCodes).map((code) => errorOf('FATAL', '57P01', code));
    const answer = fc.option(fatal).map((error) => ({
      protocol: 'postgres' as const,
      results: [],
      error,
      lost: error === null,
      wantedCopyData: false,
    }));
    const ending = fc.oneof(
      answer.map((each) => ({ kind: 'answered', answer: each }) as const),
      fc.constant({ kind: 'left', why: 'terminated' } as const),
      fc.constant({ kind: 'stopped', why: 'interrupted', answer: null } as const),
    );
    fc.assert(
      fc.property(ending, (how) => {
        const fault = new UserError('gone', { code: 'NOT_FOUND', exitCode: 64 });
        const nobody = { operation: null, request: null, held: null, fault };
        const { exitCode } = conclude({ target, ending: how, sent: true, ...nobody });
        expect(exitCode).toBe(84);
      }),
    );
  });

  it('leaves what can still be claimed as it is: 75, or 4 when the login has expired', () => {
    const code = fc.constantFrom<RefusalCode>(
      'GATEWAY_STOPPING',
      'LOGIN_EXPIRED',
      'SESSION_KILLED',
    );
    const state = fc.constantFrom<RequestView['state']>('pending', 'approved', 'fallback_approved');
    fc.assert(
      fc.property(facts, fc.option(code), state, (known, refusal, open) => {
        const operation = operationWith(refusal);
        const { exitCode } = conclude({ ...known, operation, request: requestIn(open) });
        const said = refusal ?? toldBy(known);
        // Then the open request is not this operation's.
        fc.pre(said !== 'IDEMPOTENCY_CONFLICT');
        expect(exitCode).toBe(said === 'LOGIN_EXPIRED' ? 4 : 75);
      }),
    );
  });
});
