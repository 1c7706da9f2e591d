import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DetectorName, detectorNames } from '../../src/core/masking.ts';
import { corpus } from './corpus.ts';
import { mixture } from './mixture.ts';
import { maskingOf, ruleWith } from './questions.ts';

describe.each(detectorNames)('%s', (name) => {
  const masker = maskingOf([ruleWith({ detectors: [name] })])?.text;
  const mask = (text: string) => masker?.maskString(text);

  it.each(corpus[name].passed)('passes %s', (text) => {
    for (const around of [text, `see ${text} `, `"${text}"`, `(${text})\n`]) {
      expect(mask(around)).toBe(around);
    }
  });

  it.each(corpus[name].found)('finds %s', (text) => {
    expect(mask(text)).toBe('[masked]');
    expect(mask(`"${text}"`)).toBe('"[masked]"');
    expect(mask(`k=${text};${text}`)).toBe('k=[masked];[masked]');
    expect(mask(`<${text}>\n${text}!`)).toBe('<[masked]>\n[masked]!');
  });

  it('leaves bytes that are no text as they are, the very same', () => {
    const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7919) >> 3));
    expect(masker?.mask(bytes)).toBe(bytes);
    expect(masker?.finds(bytes)).toBe(false);
  });
});

describe('what stands beside each other', () => {
  const all = maskingOf([ruleWith({ detectors: [...detectorNames] })])?.text;

  it('is masked each, with what is between left as it was', () => {
    const text = 'ann@example.com, +4930123456; 123-45-6789 (4111 1111 1111 1111)\n';
    expect(all?.maskString(text)).toBe('[masked], [masked]; [masked] ([masked])\n');
  });

  it('and overlaps has one mask, the strictest', () => {
    const rules = [
      ruleWith({ detectors: ['email'], strategy: 'partial' }),
      ruleWith({ patterns: { host: 'example\\.com/[a-z]+' }, strategy: 'redact' }),
    ];
    const text = maskingOf(rules)?.text;
    expect(text?.maskString('<ann@example.com/x> ann@example.org')).toBe(
      '<[masked]> a***@e***.org',
    );
  });

  it('is masked with the strictest of the rules that name its detector', () => {
    const rules = [
      ruleWith({ detectors: ['email'], strategy: 'partial' }),
      ruleWith({ detectors: ['email', 'ssn'], strategy: 'null' }),
    ];
    expect(maskingOf(rules)?.text?.maskString('ann@example.com 123-45-6789 x')).toBe('  x');
  });
});

describe('several detectors at once', () => {
  const all = maskingOf([ruleWith({ detectors: [...detectorNames] })])?.text;
  const each = detectorNames.map((name) => maskingOf([ruleWith({ detectors: [name] })])?.text);

  it('find what each of them finds alone, and nothing else', () => {
    fc.assert(
      fc.property(mixture, (bytes) => {
        const covered = new Uint8Array(bytes.length);
        for (const text of each) {
          for (const { start, end } of text?.find(bytes, 0, bytes.length) ?? []) {
            covered.fill(1, start, end);
          }
        }
        const together = new Uint8Array(bytes.length);
        for (const { start, end } of all?.find(bytes, 0, bytes.length) ?? []) {
          together.fill(1, start, end);
        }
        expect(together).toEqual(covered);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a value that lies among others', () => {
  const every = { detectors: [...detectorNames], patterns: { staff: 'EMP-[0-9]{6}' } };
  const rules = [...detectorNames.map((name) => ({ detectors: [name] })), every];
  const secretOf = (names: readonly DetectorName[]) =>
    fc
      .constantFrom(...names.flatMap((name) => corpus[name].found))
      .map((text) => Buffer.from(text));

  it.each(rules)('is masked as it is by itself, whatever stands around it: $detectors', (rule) => {
    const text = maskingOf([ruleWith(rule)])?.text;
    const values = fc.oneof(mixture, secretOf(rule.detectors));
    let found = 0;
    fc.assert(
      fc.property(mixture, values, mixture, (before, value, behind) => {
        const bytes = Buffer.concat([before, value, behind]);
        const end = before.length + value.length;
        const spans = text?.find(bytes, before.length, end) ?? [];
        found += spans.length;
        const kept = [...spans.map((span) => span.start), end].map((start, index) =>
          bytes.toString('latin1', spans[index - 1]?.end ?? before.length, start),
        );
        expect(kept.join('[masked]')).toBe(text?.mask(value).toString('latin1'));
        if (text?.mayFind(bytes, before.length, end) === false)
          expect(text.finds(value)).toBe(false);
      }),
    );
    expect(found).toBeGreaterThan(0);
  });
});

describe('a pattern', () => {
  it('finds within a line, in characters beyond ASCII too', () => {
    const text = maskingOf([ruleWith({ patterns: { id: 'Nº-[0-9]{4}' } })])?.text;
    expect(text?.maskString('Nº-1234, Nº-12\n34 Nº-0000')).toBe('[masked], Nº-12\n34 [masked]');
  });
});
