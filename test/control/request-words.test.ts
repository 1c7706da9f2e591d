import { describe, expect, it } from 'vitest';
import { endingLine, requestRow } from '../../src/cli/request-report.ts';
import { stateWords, whoOf } from '../../src/control/client/request-words.ts';
import type { RequestView } from '../../src/control/contract.ts';
import { requestStates } from '../../src/core/request.ts';
import { headOf, tailOf } from '../../src/tui/card-fields.ts';
import { textOf } from '../../src/tui/card-line.ts';
import { someSignature } from '../approvals/signing.ts';
import { noon, samplePrincipal, sampleRequest } from '../tui/sample-request.ts';

function decided(kind: RequestView['decisions'][number]['kind'], reason: string | null) {
  const by = samplePrincipal({ name: 'rita' });
  const at = new Date(noon).toISOString();
  return [{ kind, by, at, reason, chain: 'reviewers', stage: 0, signature: someSignature }];
}

const cardOf = (request: RequestView) =>
  [...headOf(request, 200), ...tailOf(request, 200, noon)].map(textOf).join('\n');

const outcome = { message: 'no such table', targetCode: '42P01', rowCount: null };

describe('what has become of a request', () => {
  it.each<[string, Partial<RequestView>]>([
    ['denied by rita: too broad', { state: 'denied', decisions: decided('deny', 'too broad') }],
    [
      'changes requested by rita: add a WHERE',
      { state: 'changes_requested', decisions: decided('request_changes', 'add a WHERE') },
    ],
    ['expired: nobody decided in time', { state: 'expired' }],
    [
      'expired: not run in time',
      { state: 'expired', mode: 'claimable', runBefore: new Date(noon).toISOString() },
    ],
    ['cancelled by engineer', { state: 'cancelled', cancelledBy: 'engineer' }],
    ['failed: 42P01 no such table', { state: 'failed', outcome }],
    [
      'approved by rita, not yet run: go ahead',
      { state: 'approved', mode: 'claimable', decisions: decided('approve', 'go ahead') },
    ],
    [
      'expired: its time is over',
      {
        ...{ state: 'expired', mode: 'claimable', runBefore: new Date(noon).toISOString() },
        presentation: { ...sampleRequest().presentation, grant: true },
      },
    ],
    ['approved by rita', { state: 'approved', decisions: decided('approve', null) }],
    [
      'fallback approved: no decision in time',
      { state: 'fallback_approved', fallbackCause: 'no_decision_in_time' },
    ],
    ['succeeded, 1 row', { state: 'succeeded', outcome: { ...outcome, rowCount: 1 } }],
  ])('is told as "%s" by a command and by the card alike', (words, changes) => {
    const request = sampleRequest(changes);
    expect(stateWords(request)).toBe(words);
    expect(endingLine(request)).toBe(`req_01: ${words}`);
    expect(cardOf(request)).toContain(words);
  });

  it('begins with the name that a table shows for its state', () => {
    for (const state of requestStates) {
      const shown = requestRow(sampleRequest({ state }), noon)[1];
      expect(shown).toContain(state.replaceAll('_', ' '));
      expect(stateWords(sampleRequest({ state })).startsWith(`${shown}`)).toBe(true);
    }
  });

  it('leaves a card without a state as long as it can be decided', () => {
    expect(endingLine(sampleRequest())).toBe('req_01: pending');
    expect(cardOf(sampleRequest())).not.toContain('State');
  });

  it('pitfall 38: lets no escape of a reviewer or of the target through', () => {
    const hostile = { name: '\u001b[2Jrita', person: '\u202eada' };
    const request = sampleRequest({ state: 'cancelled', cancelledBy: '\u001b[2J' });
    expect(endingLine(request)).toBe('req_01: cancelled by \\u{1b}[2J');
    expect(whoOf(samplePrincipal({ ...hostile, kind: 'agent' }))).toBe(
      '\\u{1b}[2Jrita, agent of \\u{202e}ada',
    );
  });
});

describe('who asks', () => {
  it.each([
    ['human', 'bot'],
    ['ci', 'bot, CI job of ada'],
    ['agent', 'bot, agent of ada'],
  ] as const)('is told alike in a table and on the card: %s', (kind, words) => {
    const request = sampleRequest({
      principal: samplePrincipal({ name: 'bot', person: 'ada', kind }),
    });
    expect(requestRow(request, noon)[3]).toBe(words);
    expect(cardOf(request)).toContain(words);
  });
});
