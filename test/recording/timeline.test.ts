import { expect, test } from 'vitest';
import type { ChannelEnd, FileTransfer, HttpExchange } from '../../src/core/recording.ts';
import { shownEvent } from '../../src/recording/timeline.ts';

const end: ChannelEnd & { at: number } = {
  ...{ at: 0, type: 'channel_end', channel: 1, exit: 1, stdout: 2, stderr: 0, stdin: null },
};

const file: FileTransfer & { at: number } = {
  ...{ at: 0, type: 'file', channel: 1, path: '/srv', direction: 'upload', bytes: 3, sha256: 'ab' },
};

test('a file that did not arrive says so, in a line that shows what it is called', () => {
  const { lines } = shownEvent({
    ...{ ...file, name: 'a\x1b[31m\nb', problem: 'refused', message: 'scp: no' },
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^upload \/srv, sent as a.*b \(3 bytes, sha256 ab\), refused: scp: no$/);
  expect(lines[0]).not.toContain('\x1b');
});

test('a file that was cut off says so', () => {
  expect(shownEvent({ ...file, problem: 'incomplete' }).lines).toEqual([
    'upload /srv (3 bytes, sha256 ab), incomplete',
  ]);
});

test('files that could not be told apart leave a word at the end', () => {
  const gaveUp = 'it made no sense';
  expect(shownEvent({ ...end, transfer: { files: 1, gaveUp } }).lines).toEqual([
    'exit 1, 2 bytes of output, not all is known of its files: it made no sense',
  ]);
  expect(shownEvent({ ...end, transfer: { files: 1, gaveUp: null } }).lines).toEqual([
    'exit 1, 2 bytes of output',
  ]);
});

test('an answer that was withheld says why', () => {
  const exchange: HttpExchange & { at: number } = {
    ...{ at: 5, type: 'exchange', method: 'GET', path: '/a', status: 200 },
    ...{ requestBytes: 0, responseBytes: 7, tookMs: 3 },
  };
  expect(shownEvent(exchange).lines).toEqual(['GET /a: 200, 7 bytes, 3 ms']);
  expect(shownEvent({ ...exchange, withheld: 'it is no JSON' }).lines).toEqual([
    'GET /a: 200, 7 bytes, 3 ms; it is no JSON',
  ]);
});
