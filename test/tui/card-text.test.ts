import { describe, expect, it } from 'vitest';
import { cardText } from '../../src/tui/card-text.ts';
import { cellsIn } from '../../src/tui/cell-width.ts';
import { noon, samplePrincipal, sampleRequest } from './sample-request.ts';

const hostile = '\u001b]8;;http://evil\u0007x\u001b]8;;\u0007\u202e\nState: approved';

function textOf(changes: Parameters<typeof sampleRequest>[0] = {}, columns = 80): string {
  return cardText(sampleRequest(changes), { columns, now: noon });
}

describe('the card', () => {
  it('pitfall 38: lets no control character through, wherever it hides', () => {
    const text = textOf({
      id: hostile,
      digest: hostile,
      summary: hostile,
      database: hostile,
      upstreamUser: hostile,
      protocol: hostile,
      reason: hostile,
      rules: [hostile],
      awaiting: [hostile],
      connection: { name: hostile, revision: '', labels: { [hostile]: hostile } },
      principal: samplePrincipal({ name: hostile, groups: [hostile], authenticatedBy: hostile }),
      presentation: {
        statement: hostile,
        parameters: [{ type: hostile, value: hostile }],
        notes: [hostile],
        inputNotReviewed: hostile,
        transaction: { state: 'open', ran: [hostile] },
      },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    const forged = text.split('\n').filter((line) => line.startsWith('State'));
    expect(forged).toEqual([]);
  });

  it('says that its content was erased, and shows nothing in its place', () => {
    const { presentation } = sampleRequest();
    const text = textOf({
      ...{ state: 'succeeded', erasedAt: '2026-01-31T12:00:07.000Z' },
      ...{ summary: '', digest: '', reason: null },
      presentation: { ...presentation, statement: '', parameters: [] },
    });
    const erased = text
      .split('\n')
      .filter((line) => line.includes('erased at 2026-01-31 12:00 UTC'));
    expect(erased.map((line) => line.split(' ')[0])).toEqual(['Would', 'Its', 'Reason', 'Digest']);
    expect(text).not.toContain('none given');
  });

  it('says everything in its order', () => {
    const text = textOf();
    const order = [
      'Would run',
      'pg-demo  env=demo',
      ' 1 │ DELETE FROM accounts',
      ' 2 │ WHERE closed_at < $1',
      "$1 │ date '2020-01-01'",
      'engineer, person',
      'signed in through oidc corp',
      'rule “writes need a reviewer”',
      '1 of group reviewers',
      'within 1h',
      'runs at once',
      'none open',
      'the requester says: “closing old accounts, see OPS-311”',
    ].map((part) => text.indexOf(part));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('says in the open that input is not reviewed and that a transaction is open', () => {
    const text = textOf({
      presentation: {
        inputNotReviewed: 'COPY data',
        transaction: { state: 'open', ran: ['BEGIN', 'DELETE FROM orders'] },
      },
    });
    expect(text).toContain('INPUT NOT REVIEWED: COPY data');
    expect(text).toContain('open, and not committed by this; 2 ran in it so far:');
    expect(text).toContain('· DELETE FROM orders');
  });

  it('names the owner of an agent', () => {
    const principal = samplePrincipal({ name: 'bot', kind: 'agent', person: 'ada' });
    expect(textOf({ principal })).toContain('bot, agent of ada');
  });

  it('tells a claimable request from one whose client waits', () => {
    const text = textOf({ mode: 'claimable' });
    expect(text).toContain('engineer may run it once, within 30m of the approval');
  });

  it.each(['running', 'succeeded', 'expired', 'revoked'] as const)(
    'promises no run of what is %s',
    (state) => {
      const text = textOf({ mode: 'claimable', state, runBefore: '2026-01-31T13:00:00Z' });
      expect(text).not.toContain('run it once');
      expect(text).not.toContain('Then');
      expect(textOf({ mode: 'claimable', state: 'approved' })).toContain('run it once');
    },
  );

  it('says of a grant that it lasts, and that nothing is run', () => {
    const text = textOf({ mode: 'claimable', presentation: { grant: true } });
    expect(text).toContain('engineer has it for 30m from the approval on');
    expect(text).not.toContain('run it once');
  });

  it.each([24, 38, 78, 198])('keeps every line within %i columns', (columns) => {
    const ran = Array.from({ length: 60 }, (_, index) => `DELETE ${index} ${'x'.repeat(500)}`);
    const text = textOf(
      {
        summary: '漢'.repeat(300),
        reason: 'why '.repeat(500),
        presentation: { statement: 'y'.repeat(1000), transaction: { state: 'open', ran } },
      },
      columns,
    );
    for (const line of text.split('\n')) expect(cellsIn(line)).toBeLessThanOrEqual(columns);
    expect(text).toContain('10 earlier');
  });
});
