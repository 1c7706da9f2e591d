import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonPath } from '../../../src/masking/json/json-path.ts';
import { maskingOf, ruleWith } from '../questions.ts';
import { maskedJson } from './masked-json.ts';

function masked(text: string, parts: Parameters<typeof ruleWith>[0], secret = false) {
  const question = { protocol: secret ? 'kubernetes' : 'http' } as const;
  return maskedJson(maskingOf([ruleWith(parts)], question)?.json, text, { secret });
}

describe('a JSON text', () => {
  it('that is none is not masked, and so not shown', () => {
    for (const text of [
      '{',
      '{"a":}',
      '[1,]',
      "{'a':1}",
      'nul',
      '"a',
      '{"a":1}x',
      `${'['.repeat(300)}`,
    ]) {
      expect(masked(text, { detectors: ['email'] })).toBe(null);
    }
  });

  it('shows no value at a path', () => {
    const text = '{"items":[{"data":{"a":"x","b":[1,true,null]},"id":7}],"data":{"a":"y"}}';
    expect(masked(text, { paths: ['$.items[*].data.*'] })).toBe(
      '{"items":[{"data":{"a":"[masked]","b":["[masked]","[masked]",null]},"id":7}],"data":{"a":"y"}}',
    );
    expect(masked(text, { paths: ['$..a'], strategy: 'null' })).toBe(
      '{"items":[{"data":{"a":null,"b":[1,true,null]},"id":7}],"data":{"a":null}}',
    );
    expect(masked(text, { paths: ["$['items'][0]['id']"], strategy: 'partial' })).toContain(
      '"id":"***"',
    );
  });

  it('shows null for a number of more than 1,000 digits, under hash and fake', () => {
    for (const strategy of ['hash', 'fake'] as const) {
      expect(masked('{"n":[1e999999]}', { paths: ['$.n'], strategy })).toBe('{"n":[null]}');
      expect(masked('{"n":[1e99]}', { paths: ['$.n'], strategy })).toMatch(/^\{"n":\[-?\d+/);
    }
  });

  it('shows nothing that a detector finds, however it is escaped, in keys and numbers too', () => {
    expect(
      masked('{"ann@example.com": "a \\u0061nn\\u0040example.com", "n": 4111111111111111}', {
        detectors: ['email', 'card'],
      }),
    ).toBe('{"[masked]": "a [masked]", "n": "[masked]"}');
  });

  it('keeps everything else as it was written', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(masked(text, { paths: ['$.nowhere.at.all'] })).toBe(text);
      }),
    );
    const odd = ' {"a" : 12345678901234567890.00 , "a":1e999,\n"b":"\\u00e9" } ';
    expect(masked(odd, { paths: ['$.c'] })).toBe(odd);
  });
});

describe('a path', () => {
  it.each(['', 'a', '$', '$.', '$.a.', '$[', '$[a]', '$[-1]', '$[?(@.a)]', '$.a[1:2]', '$a'])(
    'is refused: %s',
    (text) => {
      expect(parseJsonPath(text)).toBe(null);
    },
  );
});

describe('a Secret', () => {
  const hidden = '"W21hc2tlZF0="';
  it.each([
    ['by its kind', '{"kind":"Secret","data":{"a":"eA=="}}', false],
    ['kind last', '{"data":{"a":"eA=="},"kind":"Secret"}', false],
    ['in a list of them', '{"kind":"SecretList","items":[{"data":{"a":"eA=="}}]}', false],
    ['in a list', '{"kind":"List","items":[{"kind":"Secret","data":{"a":"eA=="}}]}', false],
    ['in an event', '{"type":"ADDED","object":{"kind":"Secret","data":{"a":"eA=="}}}', false],
    ['from where they are', '{"rows":[{"object":{"data":{"a":"eA=="}}}]}', true],
  ])('hides what it holds: %s', (_, text, secret) => {
    const json = maskingOf([], { protocol: 'kubernetes' })?.json;
    expect(maskedJson(json, text, { secret })).toBe(text.replace('"eA=="', hidden));
  });

  it('is shown where a rule says so, to whom it names, and no other masks it', () => {
    const show = ruleWith({ secrets: 'show', principals: { users: ['ann@example.com'] } });
    expect(maskingOf([show], { protocol: 'kubernetes' })).toBe(null);
    const other = ruleWith({ secrets: 'show', principals: { users: ['Ann@example.com'] } });
    expect(maskingOf([other], { protocol: 'kubernetes' })).not.toBe(null);
    const both = [show, ruleWith({ secrets: 'mask' })];
    expect(maskingOf(both, { protocol: 'kubernetes' })).not.toBe(null);
    expect(maskingOf([], { protocol: 'http' })).toBe(null);
  });
});
