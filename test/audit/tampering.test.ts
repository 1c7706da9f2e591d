import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '../../src/audit/read-records.ts';
import type { AuditBody, AuditHead } from '../../src/core/audit-record.ts';
import { sealRecord } from '../../src/core/audit-seal.ts';
import { verificationText } from '../../src/gateway/verification-text.ts';
import { type Change, type LivedLog, livedLog } from './lived-log.ts';

/** One change anywhere in the log of a real gateway. */
let log: LivedLog;

beforeAll(async () => {
  log = await livedLog();
}, 120_000);

afterAll(() => log[Symbol.asyncDispose]());

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const place = (at: number, length: number) => Math.floor(at * length);

async function found(change: Change) {
  const anchors = [{ name: 'elsewhere', text: log.checkpoints }];
  const { verdict, findings } = await log.verify(change, { anchors });
  return { verdict, first: findings[0]?.seq ?? null };
}

/** The log as it would be had this record said something else, every link made anew. */
function sealedFrom(index: number, change: (body: AuditBody) => AuditBody): readonly string[] {
  let head: AuditHead | null = null;
  return log.lines.map((line, at) => {
    const { record } = readRecord(line);
    if (record === null) throw new Error('not a record');
    const { v: _, seq: __, prev: ___, time, ...body } = record;
    const same = body as AuditBody;
    const sealed = sealRecord(at === index ? change(same) : same, head, Date.parse(time));
    head = sealed;
    return sealed.line;
  });
}

const otherwise = (body: AuditBody): AuditBody => Object.assign({ note: 'x' }, body);

describe('with what was kept elsewhere, verify finds', () => {
  it('any byte that was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fraction, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(log.lines.map((line) => `${line}\n`).join(''));
        const index = place(at, bytes.length);
        const before = bytes.subarray(0, index).toString().split('\n').length;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        const { verdict, first } = await found({ bytes });
        expect(['tampered', 'gap']).toContain(verdict);
        // A line feed that is no longer one takes the next record with it.
        expect([before, before + 1]).toContain(first);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('any record that was removed, wherever it stood', async () => {
    for (const index of log.lines.keys()) {
      const { verdict, first } = await found({ lines: log.lines.toSpliced(index, 1) });
      expect([verdict, first]).toEqual(['gap', index + 1]);
    }
  }, 60_000);

  it('any two that were swapped, any that was repeated, and any end that was cut off', async () => {
    const two = fc.tuple(fraction, fraction);
    await fc.assert(
      fc.asyncProperty(two, async ([a, b]) => {
        const { lines } = log;
        const [i, j] = [place(a, lines.length), place(b, lines.length)];
        const [one = '', other = ''] = [lines[i], lines[j]];
        const first = Math.min(i, j) + 1;
        if (one !== other) {
          const swapped = await found({ lines: lines.with(i, other).with(j, one) });
          expect(['tampered', 'gap']).toContain(swapped.verdict);
          expect(swapped.first).toBe(first);
        }
        const repeated = await found({ lines: lines.toSpliced(j, 0, one) });
        expect(['tampered', 'gap']).toContain(repeated.verdict);
        const cut = await found({ lines: lines.slice(0, i), checkpoints: '' });
        expect(cut).toEqual({ verdict: 'gap', first: i + 1 });
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('a log that was written anew from any record on, and signed with the gateway’s own key', async () => {
    for (const index of log.lines.keys()) {
      const lines = sealedFrom(index, otherwise);
      const checkpoints = await log.signed(lines);
      const { verdict } = await found({ lines, checkpoints });
      expect([index, verdict]).toEqual([index, 'tampered']);
    }
  }, 60_000);
});

it('says of what no checkpoint covers that nothing shows whether it was written so', async () => {
  const covered = log.lines.length - 3;
  const checkpoints = await log.signed(log.lines.slice(0, covered));
  const anchors = [{ name: 'elsewhere', text: checkpoints }];
  // Nothing could find this: there is no key in the chain.
  const forged = [...log.lines.slice(0, covered), ...sealedFrom(covered, otherwise).slice(covered)];
  const verification = await log.verify({ lines: forged, checkpoints }, { anchors });
  expect(verification).toMatchObject({ verdict: 'verified', covered, unfinished: false });
  expect(verificationText(verification)).toContain(
    `records ${covered + 1} to ${log.lines.length} are under no checkpoint yet`,
  );
  const whole = await log.verify({}, { anchors: [{ name: 'elsewhere', text: log.checkpoints }] });
  expect(whole.covered).toBe(log.lines.length);
  expect(verificationText(whole)).not.toMatch(/checkpoint yet|not whole/);
});

it('says that the last line is not whole', async () => {
  const text = log.lines.map((line) => `${line}\n`).join('');
  for (const cut of [1, 40]) {
    const bytes = Buffer.from(text).subarray(0, -cut);
    const verification = await log.verify({ bytes });
    expect(verification).toMatchObject({ verdict: 'gap', unfinished: true });
    expect(verificationText(verification)).toContain('the last line is not whole');
  }
});

it('without it, whoever holds the gateway’s key can write the log anew, and verify says so', async () => {
  const lines = sealedFrom(0, (body) => ({ ...body, version: 'other' }) as AuditBody);
  const checkpoints = await log.signed(lines);
  const { verdict, findings } = await log.verify({ lines, checkpoints });
  expect([verdict, findings]).toEqual(['no_anchor', []]);
  const unsigned = await log.verify({ lines });
  expect(unsigned.verdict).toBe('tampered');
});
