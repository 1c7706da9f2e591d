import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '../../src/audit/read-records.ts';
import { verificationText } from '../../src/gateway/verification-text.ts';
import { type Change, type LivedLog, livedLog } from './lived-log.ts';

/** A log with a checkpoint before its second request, from which verification is to begin. */
let log: LivedLog;
let size: number;
let since: string;
let checkpoints: string;

beforeAll(async () => {
  log = await livedLog();
  size = log.lines.findLastIndex((line) => line.includes('"type":"request_submitted"'));
  since = timeOf(log.lines[size]);
  const before = new Date(Date.parse(since) - 1).toISOString();
  checkpoints =
    (await log.signed(log.lines.slice(0, size), before)) + (await log.signed(log.lines));
}, 120_000);

afterAll(() => log[Symbol.asyncDispose]());

function timeOf(line = ''): string {
  return readRecord(line).record?.time ?? '';
}

/** Another client's name, or another year: whatever the record has. */
function changed(line = ''): string {
  return line.replace('"time":"2', '"time":"3');
}

const verify = (change: Change, anchor = checkpoints) =>
  log.verify({ checkpoints, ...change }, { since, anchors: [{ name: 'kept', text: anchor }] });

describe('audit verify --since', () => {
  it('finds what was changed, taken out or cut off behind the checkpoint', async () => {
    for (let at = size - 1; at < log.lines.length; at += 1) {
      const lines = log.lines.with(at, changed(log.lines[at]));
      const { verdict, findings } = await verify({ lines });
      expect([verdict, findings[0]?.seq]).toEqual(['tampered', at + 1]);
    }
    const out = await verify({ lines: log.lines.toSpliced(size + 1, 1) });
    expect([out.verdict, out.findings[0]?.seq]).toEqual(['gap', size + 2]);
    for (const length of [size + 1, size, size - 1, 3]) {
      const cut = await verify({ lines: log.lines.slice(0, length) });
      expect(cut.verdict).toBe('gap');
    }
  });

  it('does not read what the checkpoint covers, and says what that leaves open', async () => {
    const lines = log.lines.with(1, 'nothing that was ever a record');
    expect((await verify({ lines })).findings).toEqual([]);
    const verified = await verify({});
    expect(verified).toMatchObject({
      verdict: 'verified',
      executions: 1,
      records: log.lines.length,
    });
    expect(verified.began).toMatchObject({ after: size, requests: 0 });
    expect(verified.began?.keys).toHaveLength(1);
    const text = verificationText(verified);
    expect(text).toContain(`began after record ${size}, with the log's own checkpoint of`);
    expect(text).toContain(`that records 1 to ${size} are all there`);
    expect(text).toContain('signatures of 1 key enrolled before');
    const whole = await log.verify({ lines, checkpoints });
    expect([whole.verdict, whole.began]).toEqual(['tampered', null]);
  });

  it('checks signatures where the keys are given, though they were enrolled before', async () => {
    const whole = await log.verify({ checkpoints });
    const reviewerKeys = whole.keysOnGatewaysWord;
    const { began, findings } = await log.verify({ checkpoints }, { since, reviewerKeys });
    expect([began?.keys, findings]).toEqual([[], []]);
    const none = await log.verify({ checkpoints }, { since, reviewerKeys: [] });
    expect(none.findings[0]?.problem).toContain('not among the reviewer keys given');
  });

  it('reads the whole log where no checkpoint before is signed and whole', async () => {
    const [first = '', last = ''] = checkpoints.trimEnd().split('\n');
    const hollow = `${first.replace(/"peaks":\[.*\]/, '"peaks":[]')}\n${last}\n`;
    expect(hollow).not.toContain(first);
    const before = new Date(Date.parse(since) - 1).toISOString();
    const untrue = await log.signed(log.lines, before);
    for (const notes of [`${last}\n`, hollow, untrue]) {
      const { began, verdict } = await verify({ checkpoints: notes });
      expect([began, verdict]).toEqual([null, 'verified']);
    }
    const unsigned = await verify({ checkpoints: checkpoints.replace('time 2', 'time 1') });
    expect([unsigned.began, unsigned.verdict]).toEqual([null, 'tampered']);
  });

  it('is not verified by what was kept of the time before alone', async () => {
    const early = await log.signed(log.lines.slice(0, size - 1));
    expect((await verify({}, early)).verdict).toBe('no_anchor');
    const anchor = await log.signed(log.lines.with(0, changed(log.lines[0])));
    expect((await verify({}, anchor)).verdict).toBe('tampered');
  });
});
