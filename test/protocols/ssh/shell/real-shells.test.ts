import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCommand } from '../../../../src/protocols/ssh/shell/read-command.ts';
import { bypasses } from './corpus-bypass.ts';
import { gluedText, grammaticalText } from './random-commands.ts';
import { RealShells, shells } from './real-shells.ts';

const real = new RealShells();
afterAll(() => real.close());

function inEveryShell(text: string) {
  return Promise.all(
    shells.map(async ({ name, argv }) => ({ name, ran: await real.run(argv, text) })),
  );
}

function missed(text: string, ran: readonly string[]): string[] {
  const { classes, commands } = readCommand(text);
  if (!classes.includes('plain')) return [];
  const known = new Set(commands.map(({ name }) => name.slice(name.lastIndexOf('/') + 1)));
  return ran.filter((name) => !known.has(name));
}

describe('whatever ran was read, or the class says that it could not be', () => {
  const active = new Set<string>();

  it.each(bypasses)('%j', async (text) => {
    for (const { name, ran } of await inEveryShell(text)) {
      if (ran.length > 0) active.add(text);
      expect({ shell: name, missed: missed(text, ran) }).toEqual({ shell: name, missed: [] });
    }
  });

  it('and most of it did run somewhere: the check is not empty', () => {
    expect(active.size).toBeGreaterThan(bypasses.length * 0.6);
  });

  it.each([
    ['fragments glued together', gluedText, 1000],
    ['commands of the whole grammar, damaged', grammaticalText, 250],
  ])('%s', { timeout: 240_000 }, async (_, texts, numRuns) => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (!readCommand(text).classes.includes('plain')) return;
        for (const { name, ran } of await inEveryShell(text)) {
          seen += ran.length;
          expect({ shell: name, missed: missed(text, ran) }).toEqual({ shell: name, missed: [] });
        }
      }),
      { numRuns },
    );
    expect(seen).toBeGreaterThan(10);
  });
});
