import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectorNames, type StreamMasker, type TextMasker } from '../../src/core/masking.ts';
import { corpus } from './corpus.ts';
import { mixture, nearMisses, secrets } from './mixture.ts';
import { maskingOf, ruleWith } from './questions.ts';

function maskerOf(parts: Parameters<typeof ruleWith>[0] = {}): TextMasker {
  const rule = { detectors: [...detectorNames], patterns: { staff: 'EMP-[0-9]{6}' }, ...parts };
  const text = maskingOf([ruleWith(rule)])?.text;
  if (text === null || text === undefined) throw new Error('nothing is masked');
  return text;
}

const masker = maskerOf();

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index]));
}

function streamed(stream: StreamMasker, parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts.map((part) => stream.write(part)), stream.end()]);
}

const cuts = fc.array(fc.nat(5000), { maxLength: 40 });

describe('a secret', () => {
  it('never leaves, however the stream is cut', () => {
    fc.assert(
      fc.property(
        ...[mixture, fc.constantFrom(...secrets), fc.constantFrom(' ', '\n', '"', ';'), cuts],
        (around, secret, mark, where) => {
          const bytes = Buffer.concat([around, Buffer.from(`${mark}<${secret}>${mark}`), around]);
          const out = streamed(masker.stream(), pieces(bytes, where)).toString();
          expect(out).not.toContain(`<${secret}>`);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('cut at every place is masked once', () => {
    for (const secret of secrets) {
      const bytes = Buffer.from(`x ${secret}; y`);
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        expect(streamed(masker.stream(), pieces(bytes, [cut])).toString()).toBe('x [masked]; y');
      }
    }
  });

  it('longer than anything that is held back is masked to its end', () => {
    const long = `eyJ${'a'.repeat(40_000)}.${'b'.repeat(40_000)}.${'c'.repeat(40_000)}`;
    const key = `-----BEGIN PRIVATE KEY-----\n${'QUJD\n'.repeat(20_000)}`;
    for (const text of [`eyJa.b.${long}`, key]) {
      for (const size of [1000, 16_384, 65_536, 1_000_000]) {
        const bytes = Buffer.from(`x ${text}; ann@example.com`);
        const where = Array.from({ length: bytes.length / size }, (_, index) => index * size);
        const out = streamed(masker.stream(), pieces(bytes, where)).toString();
        expect(out).toBe('x [masked]; [masked]');
        expect(masker.mask(bytes).toString()).toBe(out);
      }
    }
  });
});

describe('a stream', () => {
  it('cut anywhere gives what the whole gives', () => {
    fc.assert(
      fc.property(mixture, cuts, (bytes, where) => {
        const whole = masker.mask(bytes).toString('latin1');
        expect(streamed(masker.stream(), pieces(bytes, where)).toString('latin1')).toBe(whole);
      }),
      { numRuns: 3000 },
    );
  });

  it('of bytes in which nothing is found is passed byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, (array, where) => {
        const bytes = Buffer.from(array);
        fc.pre(!masker.finds(bytes));
        expect(streamed(masker.stream(), pieces(bytes, where)).equals(bytes)).toBe(true);
      }),
    );
  });

  it('holds back no more than the longest thing that is found', () => {
    for (const text of ['a', 'eyJ', '1', '-', 'A-', 'x@', '.', '+1 ', 'ann@example.com@']) {
      const stream = masker.stream();
      let held = 0;
      let most = 0;
      for (let count = 0; count < 400; count += 1) {
        const piece = Buffer.from(text.repeat(Math.ceil(1000 / text.length)));
        held += piece.length - stream.write(piece).length;
        most = Math.max(most, held);
      }
      expect(most).toBeLessThan(200_000);
    }
  });
});

describe('a long value', () => {
  it('full of what is found takes no more memory than a few of it', () => {
    const before = process.memoryUsage().heapUsed;
    const masked = masker.mask(Buffer.from('a@b.co '.repeat(600_000)));
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(64);
    expect(masked.equals(Buffer.from('[masked] '.repeat(600_000)))).toBe(true);
  });

  it('is masked wherever in it something is found, and else is the very same', () => {
    for (const at of [0, 65_500, 65_530, 65_536, 131_060, 199_980]) {
      const bytes = Buffer.alloc(200_000, '. ');
      bytes.write('ann@example.com ', at);
      const masked = masker.mask(bytes);
      expect([at, masked.indexOf('[masked] '), masked.length]).toEqual([at, at, 199_993]);
      expect(masker.finds(bytes)).toBe(true);
    }
    const harmless = Buffer.alloc(200_000, 'x ');
    expect(masker.mask(harmless)).toBe(harmless);
    expect(masker.finds(harmless)).toBe(false);
  });
});

describe('what was let go of before its end came', () => {
  it('cannot be taken back, and its rest is masked', () => {
    const stream = maskerOf({ patterns: {} }).stream();
    expect(stream.write(Buffer.from('to: ann@exam')).toString()).toBe('to: ');
    expect(stream.holding).toBe(true);
    expect(stream.release().toString()).toBe('ann@exam');
    expect(stream.holding).toBe(false);
    const rest = [stream.write(Buffer.from('ple.com, b')), stream.end()];
    expect(Buffer.concat(rest).toString()).toBe('[masked], b');
  });

  it('is masked as it stands when it is one already, and goes on masked', () => {
    const stream = masker.stream();
    const out = [
      stream.write(Buffer.from('ann@example.co')),
      stream.release(),
      stream.write(Buffer.from('.u.')),
      stream.release(),
      stream.write(Buffer.from('uk and bob@example.com\n')),
      stream.end(),
    ];
    // What left in between could have been no part of it.
    expect(Buffer.concat(out).toString()).toBe('[masked].u. and [masked]\n');
  });

  it('a key is masked from its first line on, however slowly it comes', () => {
    const stream = masker.stream();
    const lines = (corpus['private-key'].found[0] ?? '').split('\n').map((line) => `${line}\n`);
    const out = lines.flatMap((line) => [stream.write(Buffer.from(line)), stream.release()]);
    out.push(stream.write(Buffer.from('$ ')), stream.end());
    expect(Buffer.concat(out).toString()).toBe('[masked]\n$ ');
  });

  it('and was no secret is left whole', () => {
    fc.assert(
      fc.property(fc.constantFrom(...nearMisses), cuts, (text, where) => {
        const stream = masker.stream();
        const parts = pieces(Buffer.from(`see ${text} there`), where);
        const out = parts.flatMap((part) => [stream.write(part), stream.release()]);
        expect(Buffer.concat([...out, stream.end()]).length).toBeGreaterThan(0);
      }),
    );
  });

  it('never gives more of a secret than had left', () => {
    fc.assert(
      fc.property(fc.constantFrom(...secrets), fc.nat(400), (secret, at) => {
        const bytes = Buffer.from(`<${secret}>`);
        const cut = at % bytes.length;
        const stream = masker.stream();
        const first = [stream.write(bytes.subarray(0, cut)), stream.release()];
        const second = [stream.write(bytes.subarray(cut)), stream.end()];
        const before = Buffer.concat(first).toString();
        const after = Buffer.concat(second).toString();
        expect(`${before}${after}`).not.toContain(secret);
        expect(after.endsWith('>')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('time', () => {
  const adversaries: readonly (readonly [string, string])[] = [
    ['letters', 'a'],
    ['at signs', '@'],
    ['addresses without end', 'a@b.co'],
    ['dots', 'a.'],
    ['digits', '4'],
    ['groups of digits', '4111 '],
    ['openings of keys', '-----BEGIN '],
    ['keys without end', '-----BEGIN PRIVATE KEY-----!'],
    ['headers of tokens', 'eyJ.'],
    ['tokens of no entropy', `${'aB3'.repeat(20)} `],
    ['plus signs', '+1'],
    ['brackets', '(555) '],
    ['IBANs cut short', 'GB82 WEST 1234 '],
    ['prefixes', 'ghp_'],
    ['pattern prefixes', 'EMP-12345'],
  ];

  /** Milliseconds of CPU. */
  function cost(text: string, size: number): number {
    const bytes = Buffer.from(text.repeat(Math.ceil(size / text.length))).subarray(0, size);
    const start = process.cpuUsage();
    const stream = masker.stream();
    for (let at = 0; at < size; at += 16_384) stream.write(bytes.subarray(at, at + 16_384));
    stream.end();
    masker.mask(bytes);
    return process.cpuUsage(start).user / 1e3;
  }

  /** Of the best of up to ten runs of each: what else the machine does only adds to them. */
  function growth(text: string): number {
    let small = Number.POSITIVE_INFINITY;
    let large = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 10 && !(large / small < 16); run += 1) {
      small = Math.max(Math.min(small, cost(text, 131_072)), 1);
      large = Math.min(large, cost(text, 1_048_576));
    }
    return large / small;
  }

  it.each(adversaries)('grows as the size does: %s', (_, text) => {
    cost(text, 65_536);
    // Eight times as much: linear takes 8 times as long, quadratic 64 times.
    expect(growth(text)).toBeLessThan(24);
  });
});
