import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { heldBackAtMostMs } from '../../src/core/masking.ts';
import { TimedMasker } from '../../src/net/timed-masker.ts';
import { maskingOf, ruleWith } from '../masking/questions.ts';

const text = maskingOf([ruleWith({ detectors: ['email', 'card'] })])?.text ?? null;

function masker(): TimedMasker {
  if (text === null) throw new Error('nothing is masked');
  return new TimedMasker(text.stream());
}

describe('a stream that goes quiet', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is held back for no longer than it may, and then leaves as it came', () => {
    const stream = masker();
    expect(stream.dueIn).toBeNull();
    expect(stream.write(Buffer.from('name? ann')).toString()).toBe('name? ');
    expect(stream.dueIn).toBe(heldBackAtMostMs);
    vi.advanceTimersByTime(heldBackAtMostMs - 1);
    expect(stream.dueIn).toBe(1);
    vi.advanceTimersByTime(1);
    expect(stream.dueIn).toBe(0);
    expect(stream.release().toString()).toBe('ann');
    expect(stream.dueIn).toBeNull();
  });

  it('cut at any byte and after any pause below the limit shows no secret', () => {
    const secret = 'ann.marie@example.com';
    const bytes = Buffer.from(`to <${secret}>, 4111 1111 1111 1111.\n`);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length), fc.nat(heldBackAtMostMs - 1)), { maxLength: 30 }),
        (cuts) => {
          const stream = masker();
          const out: Buffer[] = [];
          let from = 0;
          for (const [cut, pause] of cuts.sort(([one], [other]) => one - other)) {
            out.push(stream.write(bytes.subarray(from, cut)));
            from = cut;
            vi.advanceTimersByTime(pause);
            if (stream.dueIn === 0) out.push(stream.release());
          }
          out.push(stream.write(bytes.subarray(from)), stream.end());
          expect(Buffer.concat(out).toString()).toBe('to <[masked]>, [masked].\n');
        },
      ),
    );
  });
});
