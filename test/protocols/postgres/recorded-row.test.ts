import { describe, expect, it } from 'vitest';
import { recordedRow } from '../../../src/protocols/postgres/recorded-row.ts';
import { encodeDataRow } from '../../../src/protocols/postgres/wire/backend/data-row.ts';
import { WireError } from '../../../src/protocols/postgres/wire/wire-error.ts';

function recorded(values: readonly (Buffer | null)[], formats: readonly (0 | 1)[] | null) {
  const raw = encodeDataRow(values);
  const among = Buffer.concat([Buffer.from('xyz'), raw, Buffer.from('D')]);
  return recordedRow(among, 3, 3 + raw.length, formats);
}

describe('a recorded row', () => {
  it('is refused when it is cut or longer than it says', () => {
    const raw = encodeDataRow([Buffer.from('abc')]);
    expect(() => recordedRow(raw, 0, raw.length - 1, null)).toThrow(WireError);
    raw.writeInt32BE(99, 7);
    expect(() => recordedRow(raw, 0, raw.length, null)).toThrow(WireError);
  });

  it('keeps text as text, whatever is in it, where it is said to be text', () => {
    const texts = ['', '7', 'a\tb\nc', 'é…', '\u0001', '\u007f', 'x'.repeat(65), '"\\'];
    expect(
      recorded(
        texts.map((text) => Buffer.from(text)),
        texts.map(() => 0),
      ),
    ).toEqual(texts);
  });

  it('keeps what is no text, or said to be binary, as bytes', () => {
    expect(recorded([Buffer.from([0xff]), null], [0, 0])).toEqual([{ hex: 'ff' }, null]);
    expect(recorded([Buffer.from('ab'), null], [1, 1])).toEqual([{ hex: '6162' }, null]);
    expect(recorded([Buffer.alloc(65)], [1])).toEqual([{ bytes: 65 }]);
  });

  it('keeps the start of a long one', () => {
    const long = 'x'.repeat(1025);
    expect(recorded([Buffer.from(long)], [0])).toEqual([{ start: 'x'.repeat(1024), bytes: 1025 }]);
  });

  it('takes what nobody described for text only where nothing in it controls', () => {
    const values = ['abc', 'é', 'a\nb', '\u0001', '\u0085'].map((text) => Buffer.from(text));
    expect(recorded(values, null)).toEqual([
      ...['abc', 'é', 'a\nb'],
      ...[{ hex: '01' }, { hex: 'c285' }],
    ]);
  });
});
