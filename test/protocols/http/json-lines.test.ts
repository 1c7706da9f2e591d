import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonLines } from '../../../src/protocols/http/masking/json-lines.ts';
import { maskingOf, ruleWith } from '../../masking/questions.ts';
import { sizes, splitAt } from '../postgres/wire/splits.ts';

const secret = 'zq7ann@example.com';
const json = maskingOf([ruleWith({ detectors: ['email'], paths: ['$.token'] })])?.json ?? null;

function lines(): JsonLines {
  return new JsonLines((line) => {
    const masked = json?.mask(line.toString(), { secret: false }) ?? null;
    if (masked === null) throw new Error('no JSON');
    return Buffer.from(masked);
  }, 10_000);
}

const value = fc.oneof(
  fc.record({ mail: fc.constantFrom(secret, `to ${secret}; ü\n`, 'none'), n: fc.nat() }),
  fc.record({ token: fc.string(), [`x ${secret}`]: fc.boolean() }),
  fc.string(),
);

test('lines cut at any byte show no secret, and what whole ones show', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 8 }), sizes, (values, where) => {
      const sent = Buffer.from(values.map((each) => `${JSON.stringify(each)}\n`).join(''));
      const whole = lines();
      const wanted = Buffer.concat([whole.write(sent), whole.end()]);
      const cut = lines();
      const out = splitAt(sent, where).map((piece) => cut.write(piece));
      const masked = Buffer.concat([...out, cut.end()]);
      expect(masked.equals(wanted)).toBe(true);
      expect(masked.includes(secret)).toBe(false);
    }),
  );
});

test('a line that is no JSON, or too long, ends it without being shown', () => {
  expect(() => lines().write(Buffer.from(`${secret}\n`))).toThrow('no JSON');
  expect(() => lines().write(Buffer.alloc(10_001, 0x20))).toThrow('more than');
});
