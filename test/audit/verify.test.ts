import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealRecord } from '../../src/core/audit-seal.ts';
import { type LivedLog, livedLog } from './lived-log.ts';

let log: LivedLog;

beforeAll(async () => {
  log = await livedLog();
}, 120_000);

afterAll(() => log[Symbol.asyncDispose]());

const anchor = () => ({ anchors: [{ name: 'elsewhere', text: log.checkpoints }] });

/** The place of the only, or first, record of a type. */
const placeOf = (type: string) => log.lines.findIndex((line) => line.includes(`"type":"${type}"`));

function flipped(line: string): string {
  const at = line.indexOf('"time":"2') + '"time":"20'.length;
  const digit = line.charAt(at) === '9' ? '8' : '9';
  return line.slice(0, at) + digit + line.slice(at + 1);
}

describe('audit verify', () => {
  it('names the record in which one byte was changed, whichever it is', async () => {
    for (const [index, line] of log.lines.entries()) {
      const lines = log.lines.with(index, flipped(line));
      const { verdict, findings } = await log.verify({ lines }, anchor());
      expect([verdict, findings[0]?.seq]).toEqual(['tampered', index + 1]);
    }
  });

  it('finds bytes that are no text, which read as the same character', async () => {
    const at = placeOf('session_began');
    const name = (text: string) => text.replace(/"client":"[^"]*"/, '"client":"\u{fffd}"');
    const { seq, time, prev, v: _, ...body } = JSON.parse(name(log.lines[at] ?? ''));
    const head = { seq: seq - 1, hash: prev };
    const { line } = sealRecord(body, head, Date.parse(time));
    const lines = [...log.lines.slice(0, at), line];
    expect((await log.verify({ lines, checkpoints: '' })).findings).toEqual([]);
    const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
    const place = bytes.indexOf(Buffer.from('\u{fffd}'));
    const changed = Buffer.concat([
      bytes.subarray(0, place),
      Buffer.from([0xff]),
      bytes.subarray(place + 3),
    ]);
    const { findings } = await log.verify({ bytes: changed, checkpoints: '' });
    expect(findings[0]?.seq).toBe(at + 1);
  });

  it('takes line feeds alone as ends of lines, and leaves out what a crash cut off', async () => {
    const at = placeOf('session_began');
    const { seq, time, prev, v: _, ...body } = JSON.parse(log.lines[at] ?? '');
    const head = { seq: seq - 1, hash: prev };
    const { line } = sealRecord({ ...body, client: 'a\u2028b' }, head, Date.parse(time));
    const lines = [...log.lines.slice(0, at), line];
    const bytes = Buffer.from(`${lines.join('\n')}\n{"half`);
    const { findings, records } = await log.verify({ bytes, checkpoints: '' });
    expect([findings, records]).toEqual([[], lines.length]);
  });

  it('finds a record that was taken out', async () => {
    const at = placeOf('decision');
    const lines = log.lines.toSpliced(at, 1);
    const { verdict, findings } = await log.verify({ lines }, anchor());
    expect([verdict, findings[0]?.seq]).toEqual(['gap', at + 1]);
  });

  it('finds two that were swapped, and one that was repeated', async () => {
    const at = placeOf('intent');
    const [one = '', two = ''] = log.lines.slice(at, at + 2);
    const swapped = await log.verify({ lines: log.lines.toSpliced(at, 2, two, one) }, anchor());
    expect(swapped.verdict).toBe('tampered');
    const repeated = await log.verify({ lines: log.lines.toSpliced(at, 0, one) }, anchor());
    expect([repeated.verdict, repeated.findings[0]?.seq]).toEqual(['tampered', at + 1]);
  });

  it('finds that the end is missing, by what was kept elsewhere', async () => {
    const change = { lines: log.lines.slice(0, -3), checkpoints: '' };
    expect((await log.verify(change)).verdict).toBe('no_anchor');
    const { verdict, findings } = await log.verify(change, anchor());
    expect([verdict, findings[0]?.seq]).toEqual(['gap', log.lines.length - 2]);
  });

  it('passes what was not touched, and says when nothing was kept elsewhere', async () => {
    const verified = await log.verify({}, anchor());
    expect(verified.findings).toEqual([]);
    expect(verified).toMatchObject({ verdict: 'verified', executions: 2, openIntents: [] });
    expect(verified.anchored).toBe(log.lines.length);
    expect((await log.verify({})).verdict).toBe('no_anchor');
  });

  it('holds none of what was asked or said, and counts what passed', () => {
    const text = log.lines.join('\n');
    for (const content of ['delete', 'secret reason', 'drop a table', 'select']) {
      expect(text).not.toContain(content);
    }
    const passed = log.lines.filter((line) => line.includes('operations_passed'));
    const counts = passed.map((line) => Number(/"count":(\d+)/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  });
});
