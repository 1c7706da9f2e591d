import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonMasker } from '../../../src/masking/json/json-masker.ts';
import { sizes, splitAt } from '../../protocols/postgres/wire/splits.ts';
import { jsonTexts, secret } from './json-texts.ts';
import { passed } from './masked-json.ts';
import { anyParts, nothing, paths, text } from './masks.ts';
import { maskedWhole } from './whole-tree.ts';

const mebibyte = 2 ** 20;
const all = createJsonMasker({ paths, text, secrets: true });
const nested = (depth: number) => Buffer.from(`${'['.repeat(depth)}${']'.repeat(depth)}`);

describe('what is no JSON', () => {
  it('is told at the latest as it ends', () => {
    fc.assert(
      fc.property(
        ...[jsonTexts, anyParts, fc.boolean(), sizes, fc.nat(), fc.nat(255)],
        (json, parts, isSecret, where, at, byte) => {
          const bytes = Buffer.from(json);
          bytes[at % bytes.length] = byte;
          const masker = createJsonMasker(parts);
          const { left, unreadable } = passed(masker, splitAt(bytes, where), { secret: isSecret });
          const whole = isUtf8(bytes) ? maskedWhole(bytes.toString(), parts, isSecret) : null;
          if (whole !== null) expect(left.toString()).toBe(whole);
          // A raw control character in a string: RFC 8259 forbids it, and it changes nothing.
          else if (byte >= 0x20) expect(unreadable).not.toBe(null);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('because it is broken, or breaks off, shows no more than what the whole shows before', () => {
    fc.assert(
      fc.property(
        ...[jsonTexts, anyParts, fc.boolean(), sizes, fc.nat(), fc.boolean()],
        (json, parts, isSecret, where, at, goesOn) => {
          fc.pre(/^[^"[{]*["[{]/.test(json));
          const bytes = Buffer.from(json.trimEnd());
          const [begin, end] = [
            bytes.subarray(0, at % bytes.length),
            bytes.subarray(at % bytes.length),
          ];
          const broken = goesOn ? Buffer.concat([begin, Buffer.from([0xff]), end]) : begin;
          const source = { secret: isSecret };
          const { left, unreadable } = passed(
            createJsonMasker(parts),
            splitAt(broken, where),
            source,
          );
          expect(unreadable).not.toBe(null);
          expect(maskedWhole(json, parts, isSecret)?.startsWith(left.toString())).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['UTF-8', [Buffer.from([0x22, 0xc3, 0x28, 0x22])], 'it is no UTF-8'],
    ['UTF-8 to its end', [Buffer.from([0x22, 0xe2, 0x82])], 'it is no UTF-8'],
    ['an escape', [Buffer.from('"\\x41"')], 'an escape is none'],
    ['an escape, cut', [Buffer.from('"\\u00'), Buffer.from('4g"')], 'an escape is none'],
    ['one value', [Buffer.from('{"a":1}'), Buffer.from('{"a":1}')], 'it is no JSON'],
    ['a number', [Buffer.from('[1'), Buffer.from('-2]')], 'it is no JSON'],
    ['anything', [Buffer.from(' \n')], 'it breaks off'],
    ['shallow', [nested(202)], 'it is nested more than 200 deep'],
  ])('for it is not %s', (_, pieces, why) => {
    expect(passed(all, pieces).unreadable).toBe(why);
  });
});

describe('a JSON text that comes in pieces', () => {
  it('is masked as the whole is, cut anywhere', () => {
    fc.assert(
      fc.property(jsonTexts, anyParts, fc.boolean(), sizes, (json, parts, isSecret, where) => {
        const wanted = maskedWhole(json, parts, isSecret);
        const pieces = splitAt(Buffer.from(json), where);
        const { left, unreadable } = passed(createJsonMasker(parts), pieces, { secret: isSecret });
        expect(unreadable).toBe(null);
        expect(left.toString()).toBe(wanted);
        if (parts.text !== null) expect(left.includes(secret)).toBe(false);
      }),
      { numRuns: 1500 },
    );
  });

  it('is read wherever JSON.parse reads it, to 200 levels', () => {
    fc.assert(
      fc.property(fc.json(), sizes, (json, where) => {
        expect(passed(all, splitAt(Buffer.from(json), where)).unreadable).toBe(null);
      }),
    );
    expect(passed(all, [nested(201)]).unreadable).toBe(null);
  });

  it('may be many, each with kinds of its own', () => {
    const masker = createJsonMasker({ paths: [], text, secrets: true });
    const event = (kind: string) => `{"object":{"data":{"a":"eA=="},"kind":"${kind}"}}\n\n`;
    const events = `${event('Secret')}${event('ConfigMap')}1\n"${secret}"`;
    const wanted = events.replace('eA==', 'W21hc2tlZF0=').replace(secret, '[masked]');
    for (const size of [1, 7, 1000]) {
      const pieces = splitAt(Buffer.from(events), [size]);
      const { left, unreadable } = passed(masker, pieces, { many: true });
      expect([left.toString(), unreadable]).toEqual([wanted, null]);
    }
    const broken = [Buffer.from(`${event('Secret')}{`)];
    expect(passed(masker, broken, { many: true }).unreadable).toBe('it breaks off');
  });
});

describe('of a long JSON text', () => {
  const piece = Buffer.alloc(65_536, 'x');

  it('everything leaves as it comes, however much there is', () => {
    const stream = all.stream({ secret: false, many: false });
    const item = `{"name":"Ann","mail":"${secret}","n":[1,2,3],"note":"so long"},`;
    const wanted = item.replace('Ann', '[masked]').replace(secret, '[masked]');
    stream.write(Buffer.from('['));
    for (let count = 0; count < 5_000; count += 1) {
      expect(stream.write(Buffer.from(item)).toString()).toBe(wanted);
    }
  });

  it.each([
    ['passes where nothing asks for it', nothing, 320 * piece.length],
    ['shows nothing at a path', { ...nothing, paths }, '[masked]'.length],
  ])('a string of any length %s', (_, parts, length) => {
    const stream = createJsonMasker(parts).stream({ secret: false, many: false });
    let left = stream.write(Buffer.from('{"token":"')).length;
    for (let count = 0; count < 320; count += 1) left += stream.write(piece).length;
    left += stream.write(Buffer.from('"}')).length + stream.end().length;
    expect(left).toBe('{"token":""}'.length + length);
  });

  it('a string that has to be known has 16 MiB at most', () => {
    const most = Array.from({ length: 255 }, () => piece);
    const begin = Buffer.from('["');
    expect(passed(all, [begin, ...most, Buffer.from('"]')]).unreadable).toBe(null);
    const { left, unreadable } = passed(all, [begin, ...most, piece, piece]);
    expect(unreadable).toBe(`a value has more than ${16 * mebibyte} bytes`);
    expect(left.toString()).toBe('[');
  });
});
