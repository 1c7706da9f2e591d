import fc from 'fast-check';
import { renderToString, Text } from 'ink';
import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import { safeText } from '../../src/core/safe-text.ts';
import { cellsIn, shortened, wrapWords } from '../../src/tui/cell-width.ts';
import { exactRows, exactText } from '../../src/tui/exact-text.ts';
import { sampleRequest } from './sample-request.ts';
import { wildText } from './wild-text.ts';

function exactOf(statement: string, parameters: readonly (string | null)[] = []) {
  const typed = parameters.map((value) => ({ type: 'text', value }));
  return exactText({ ...sampleRequest().presentation, statement, parameters: typed });
}

describe('the exact statement', () => {
  it('is never cut: its rows are the whole text, each within the width', () => {
    fc.assert(
      fc.property(wildText(), fc.integer({ min: 20, max: 120 }), (statement, width) => {
        const exact = exactOf(statement, ['x']);
        const rows = exactRows(exact, width);
        const texts = Array.from({ length: rows.count }, (_, index) => rows.row(index).text);
        expect(texts.join('')).toBe(exact.text.replaceAll('\n', ''));
        for (const text of texts) expect(cellsIn(text)).toBeLessThanOrEqual(rows.columns);
      }),
    );
  });

  it('pitfall 38: shows escapes, bidi marks, odd spaces and tabs', () => {
    const { text, tabs } = exactOf('a\u001b[2J\u202eb\u200b\u00a0c\td\r\n');
    expect(text).toBe('a\\u{1b}[2J\\u{202e}b\\u{200b}\\u{a0}c→   d\\u{d}\n\n');
    expect(tabs).toBe(true);
  });

  it('names letters that pass for others', () => {
    expect(exactOf('select раypal').lookalikes).toEqual(['р U+0440', 'а U+0430']);
    expect(exactOf('select 1').lookalikes).toEqual([]);
  });

  it('tells NULL, an empty string and quotes apart', () => {
    const { text } = exactOf('select $1', [null, '', 'NULL', "it's\n"]);
    expect(text).toBe("select $1\ntext NULL\ntext ''\ntext 'NULL'\ntext 'it''s⏎'\n");
  });

  it('numbers the lines and marks where a line goes on, so that a statement cannot forge a row', () => {
    const rows = exactRows(exactOf(`${'x'.repeat(50)}\n$1 │ text 'forged'`, ['real']), 30);
    const labels = Array.from({ length: rows.count }, (_, index) => rows.row(index).label);
    expect(labels).toEqual(['1', '', '2', '$1']);
  });

  it('holds all that a name stands for, however long, apart from what the statement says', () => {
    const behind = `runs what was prepared as: PREPARE p AS SELECT ${'1, '.repeat(3_000)}wipe()`;
    const statement = 'EXECUTE p\nNote │ runs what was prepared as: SELECT 1';
    const { presentation } = sampleRequest();
    const exact = exactText({ ...presentation, statement, parameters: [], notes: [behind] });
    expect(exact.text).toContain('wipe()\n');
    const rows = exactRows(exact, 80);
    const labels = Array.from({ length: rows.count }, (_, index) => rows.row(index).label);
    expect(labels.filter((label) => label !== '')).toEqual(['1', '2', 'Note']);
  });

  it('stays quick with a megabyte', () => {
    // Of the processor: a busy machine is no fault of ours.
    const before = process.cpuUsage();
    for (const statement of ['x'.repeat(1 << 20), '\n'.repeat(1 << 20), '漢'.repeat(1 << 19)]) {
      const rows = exactRows(exactOf(statement), 80);
      expect(rows.row(rows.count - 1)).toBeDefined();
    }
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
  });
});

describe('cells', () => {
  it('are never fewer than Ink counts, so that nothing is cut off a row that fits', () => {
    const batch = 256;
    for (let start = 0x20; start < 0x20000; start += batch * (start < 0x3400 ? 1 : 40)) {
      let text = '';
      for (let code = start; code < start + batch; code += 1) {
        if (code < 0xd800 || code > 0xdfff) text += safeText(String.fromCodePoint(code));
      }
      text = text.replaceAll('\n', '').replaceAll('\t', '');
      const columns = cellsIn(text);
      const drawn = renderToString(createElement(Text, { wrap: 'truncate' }, text), { columns });
      expect(drawn.trimEnd()).toBe(text.trimEnd());
    }
  });

  it('wrap words without losing any', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.integer({ min: 4, max: 60 }),
        (text, columns) => {
          const rows = wrapWords(text, columns);
          expect(rows.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
          for (const row of rows) expect(cellsIn(row)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  it('show that something was cut', () => {
    expect(shortened('abcdef', 4)).toBe('abc…');
    expect(shortened('漢字漢字', 5)).toBe('漢字…');
    expect(shortened('abcd', 4)).toBe('abcd');
  });
});
