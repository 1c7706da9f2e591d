import { expect, it } from 'vitest';
import { entryText } from '../../src/cli/replay/timeline-text.ts';
import { readEvent } from '../../src/recording/read-session.ts';
import { TimelineOrder } from '../../src/recording/timeline-order.ts';

const decided = { type: 'decided', verdict: 'allow', ran: true, rules: [], policy: 'r' };
const answer = { type: 'answer', error: null, columns: null, rows: [], bytes: 0 };

function shown(...events: readonly object[]): string {
  const order = new TimelineOrder();
  const lines = events.map((event, index) => JSON.stringify({ at: index * 1000, ...event }));
  return lines
    .map(readEvent)
    .map((event) => (event === null ? '' : entryText(order.entry(event), false)))
    .join('');
}

it('heads an answer that does not come right behind its operation with its name', () => {
  const text = shown(
    { operation: 1, ...decided, summary: 'select 1' },
    { operation: 2, ...decided, summary: 'select \u001b2' },
    { operation: 1, ...answer, tag: 'SELECT 1' },
    { operation: 2, ...answer, tag: 'SELECT 2' },
    { operation: 2, ...answer, tag: 'SELECT 3' },
  );
  expect(text.split('\n')).toEqual([
    '  0:00.0   #1 allow    select 1',
    '  0:01.0   #2 allow    select \\u{1b}2',
    '  0:02.0   #1 answer   to select 1',
    '                       SELECT 1',
    '  0:03.0   #2 answer   to select \\u{1b}2',
    '                       SELECT 2',
    '  0:04.0   #2 answer   SELECT 3',
    '',
  ]);
});

it('puts what a channel says under what was started in it', () => {
  const channel = (operation: number, number: number) => ({
    ...{ operation, type: 'channel', channel: number, kind: 'exec', command: `run ${number}` },
  });
  const output = (number: number) => ({
    ...{ type: 'output', channel: number, stream: 'stdout', text: `said by ${number}\n` },
  });
  const text = shown(
    { operation: 1, ...decided, summary: 'run 1' },
    channel(1, 1),
    { operation: 2, ...decided, summary: 'run 2' },
    channel(2, 2),
    output(1),
    output(2),
  );
  expect(text).toMatch(/#1 answer +to run 1\n +said by 1\n.*#2 answer +to run 2\n +said by 2\n/);
});

it('shows a recording of an older gateway, which has no numbers', () => {
  const text = shown({ ...decided, summary: 'select 1' }, { ...answer, tag: 'SELECT 1' });
  expect(text.split('\n')).toEqual([
    '  0:00.0      allow    select 1',
    '  0:01.0      answer   SELECT 1',
    '',
  ]);
});
