import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeLine, safeText } from '../../src/core/safe-text.ts';

const control = /(?![\n\t])\p{Cc}/u;
const bidi = /\p{Bidi_Control}/u;
const invisible = /\p{Default_Ignorable_Code_Point}|\p{Zl}|\p{Zp}|\p{Cs}/u;

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))),
  fc.array(
    fc.constantFrom('\x1b[2J', '\x1b]52;c;aGk=\x07', '\u202e', '\u200b', '\r', '\u009b', 'é', '\n'),
  ),
);
const nastyText = nasty.map((parts) => (typeof parts === 'string' ? parts : parts.join('')));

describe('safeText', () => {
  it('pitfall 38: shows escapes instead of sending them to the terminal', () => {
    expect(safeText('a\x1b[31mb')).toBe('a\\u{1b}[31mb');
    expect(safeText('pay\u202egnp.exe')).toBe('pay\\u{202e}gnp.exe');
    expect(safeText('ad\u200bmin')).toBe('ad\\u{200b}min');
    expect(safeText('over\rwrite')).toBe('over\\u{d}write');
    expect(safeText('\ud800')).toBe('\\u{d800}');
  });

  it('pitfall 38: never lets a control, bidi or invisible character through', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const safe = safeText(text);
        return !control.test(safe) && !bidi.test(safe) && !invisible.test(safe);
      }),
    );
  });

  it('leaves readable text, newlines and tabs as they are', () => {
    const text = 'SELECT *\n\tFROM "Größe" -- 日本語 🙂';
    expect(safeText(text)).toBe(text);
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(nastyText, (text) => safeText(safeText(text)) === safeText(text)));
  });
});

describe('safeLine', () => {
  it('never holds a line break or a tab, nor more than its limit', () => {
    fc.assert(
      fc.property(nastyText, fc.integer({ min: 1, max: 80 }), (text, limit) => {
        const line = safeLine(text, limit);
        return !/[\n\r\t]/.test(line) && line.length <= limit;
      }),
    );
  });

  it('says that it was cut', () => {
    expect(safeLine('x'.repeat(300), 10)).toBe('xxxxxxxxx…');
    expect(safeLine('a\r\nb\tc')).toBe('a⏎b c');
  });
});
