import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TerminalFilter } from '../../src/recording/terminal-filter.ts';

const escape_ = '\u001b';
const clipboard = `${escape_}]52;c;cm0gLXJmIC8=\u0007`;
const title = `${escape_}]0;pwned${escape_}\\`;
const query = `${escape_}[c${escape_}[6n${escape_}[>q`;
const request = `${escape_}P+q544e${escape_}\\`;
const red = `${escape_}[31mred${escape_}[0m`;

describe('what a replay shows', () => {
  it('sets no title and no clipboard, and asks the terminal nothing, however it is cut', () => {
    const text = `a${clipboard}b${title}c${query}d${request}e\u009b6n\u0005${red}`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 })), (sizes) => {
        const filter = new TerminalFilter();
        let out = '';
        let at = 0;
        for (const size of [...sizes, text.length]) {
          out += filter.push(text.slice(at, at + size));
          at += size;
        }
        expect(out).toBe(`abcde6n${red}`);
      }),
    );
  });
});
