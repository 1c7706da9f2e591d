import { describe, expect, it } from 'vitest';
import { createJsonMasker } from '../../../src/masking/json/json-masker.ts';
import { lastApplied } from './json-texts.ts';
import { maskedJson } from './masked-json.ts';
import { nothing, text } from './masks.ts';

const secrets = createJsonMasker({ ...nothing, secrets: true });
const hidden = '"W21hc2tlZF0="';
const kibibyte = 1024;
const value = `"${'eA=='.repeat(16 * kibibyte)}"`;

/** Of what leaves: how much of it is shown, and hidden, and how much had left after 100 items. */
function counted(begin: string, item: string, times: number, end: string) {
  const stream = secrets.stream({ secret: false, many: false });
  const items = Array.from({ length: times }, () => item);
  const left = [begin, ...items, end].map((piece) => stream.write(Buffer.from(piece)));
  left.push(stream.end());
  const out = Buffer.concat(left).toString('latin1');
  return {
    shown: out.split(value).length - 1,
    hidden: out.split(hidden).length - 1,
    early: Buffer.concat(left.slice(0, 101)).length,
  };
}

describe('where the kind comes behind what it is about', () => {
  it('a Secret hides what it holds, to 16 MiB and beyond', () => {
    const data = (times: number) =>
      counted('{"data":{"z":1', `,"a":${value}`, times, '},"kind":"Secret"}');
    expect(data(100)).toMatchObject({ shown: 0, hidden: 101 });
    expect(data(400)).toMatchObject({ shown: 0, hidden: 401 });
  });

  it('items of a SecretList do, to 16 MiB and beyond', () => {
    const items = (times: number) =>
      counted('{"items":[0', `,{"data":{"a":${value}}}`, times, '],"kind":"SecretList"}');
    expect(items(100)).toMatchObject({ shown: 0, hidden: 100 });
    expect(items(400)).toMatchObject({ shown: 0, hidden: 400 });
  });

  it('what is no Secret shows all of it, to 16 MiB, and beyond where each says so itself', () => {
    const items = (times: number, own: string) =>
      counted('{"items":[0', `,{"data":{"a":${value}}${own}}`, times, '],"kind":"List"}');
    const kind = ',"kind":"ConfigMap"';
    expect(items(100, '')).toMatchObject({ shown: 100, hidden: 0 });
    expect(items(400, kind)).toMatchObject({ shown: 400, hidden: 0 });
    // Nobody has said what they are: that is not waited for any longer.
    expect(items(400, '').hidden).toBe(400);
  });
});

describe('where the kind comes first', () => {
  it.each([
    ['SecretList', 0, 400],
    ['ConfigMapList', 400, 0],
  ])('items leave as they come: %s', (kind, shown, hidden) => {
    const begin = `{"kind":"${kind}","items":[0`;
    const counts = counted(begin, `,{"data":{"a":${value}}}`, 400, ']}');
    expect(counts).toMatchObject({ shown, hidden });
    const each = shown > 0 ? value.length : 14;
    expect(counts.early).toBeGreaterThanOrEqual(begin.length + 100 * (each + 15));
  });
});

describe('what kubectl has noted', () => {
  const noted = (kind: string, note: string) =>
    `{"metadata":{"annotations":{"${lastApplied}":${JSON.stringify(note)}}},"kind":"${kind}"}`;
  const note = '{"apiVersion":"v1","data":{"a":"eA=="},"kind":"Secret","metadata":{"b":"c"}}';

  it('shows nothing that a Secret holds, and all else', () => {
    expect(maskedJson(secrets, noted('Secret', note))).toBe(
      noted('Secret', note.replace('"eA=="', hidden)),
    );
    expect(maskedJson(secrets, noted('ConfigMap', note))).toBe(noted('ConfigMap', note));
  });

  it('in a Secret is hidden whole where it cannot be read', () => {
    for (const broken of ['', 'x', '[{"data":{"a":"eA=="}}]', `${note}x`, note.slice(0, -1)]) {
      expect(maskedJson(secrets, noted('Secret', broken))).toBe(noted('Secret', '[masked]'));
    }
  });

  it('in a Secret shows nothing that a detector finds', () => {
    const both = createJsonMasker({ paths: [], text, secrets: true });
    const mail = note.replace('"c"', '"ann\\u0040example.com"');
    expect(maskedJson(both, noted('Secret', mail))).toBe(
      noted('Secret', note.replace('"eA=="', hidden).replace('"c"', '"[masked]"')),
    );
  });
});
