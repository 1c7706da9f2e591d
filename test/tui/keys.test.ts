import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyDecoder, type Key } from '../../src/tui/keys.ts';
import { wildText } from './wild-text.ts';

function keysOf(...chunks: readonly string[]): readonly Key[] {
  const decoder = createKeyDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
}

const char = (text: string): Key => ({ kind: 'char', char: text });
const named = (name: Extract<Key, { kind: 'named' }>['name']): Key => ({ kind: 'named', name });

describe('terminal input', () => {
  it('never yields keys from a bracketed paste, however it arrives', () => {
    const text = '\na\ny\u001b[A';
    const whole = `\u001b[200~${text}\u001b[201~q`;
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(keysOf(...chunks)).toEqual([{ kind: 'paste', text }, char('q')]);
      }),
    );
  });

  it('does not let the rest of an endless paste become keys', () => {
    const decoder = createKeyDecoder();
    const keys = [
      ...decoder.push('\u001b[200~'),
      ...Array.from({ length: 40 }, () => decoder.push('a\ny'.repeat(1000))).flat(),
      ...decoder.flush(),
    ];
    expect(keys).toEqual([]);
    expect(decoder.push('\u001b[201~')).toMatchObject([{ kind: 'paste' }]);
  });

  it('splits a burst and keeps escape sequences whole', () => {
    expect(keysOf('jk\u001b[A\u001bOB\r')).toEqual([
      char('j'),
      char('k'),
      named('up'),
      named('down'),
      named('enter'),
    ]);
  });

  it('waits for the rest of a sequence, and takes a lone ESC for Escape', () => {
    expect(keysOf('\u001b', '[6~')).toEqual([named('pagedown')]);
    expect(keysOf('\u001b')).toEqual([named('escape')]);
    expect(keysOf('\u001b\u001b')).toEqual([named('escape'), named('escape')]);
  });

  it('ignores Alt with a letter and sequences that it does not know', () => {
    expect(keysOf('\u001ba\u001b[1;5C\u001b[I\u0000')).toEqual([]);
  });

  it('gives the same keys for any split of the input', () => {
    const piece = fc.constantFrom('a', 'й', '😀', '\u001b[A', '\u001b[5~', '\u001bOF', '\r', ' ');
    const input = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(input, fc.array(fc.nat(40)), (text, cuts) => {
        const whole = keysOf(text);
        const units = [...text];
        const at = [0, ...cuts.map((cut) => cut % (units.length + 1)).sort((a, b) => a - b)];
        const chunks = at.map((start, index) => units.slice(start, at[index + 1]).join(''));
        expect(keysOf(...chunks)).toEqual(whole);
      }),
    );
  });

  it('survives arbitrary input', () => {
    fc.assert(fc.property(fc.array(wildText()), (chunks) => void keysOf(...chunks)));
  });
});
