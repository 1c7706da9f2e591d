import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWords } from '../../src/core/shell-words.ts';
import { UserError } from '../../src/core/user-error.ts';

/** Without a socket on stdin, for which bash would read the account's own file first. */
function run(shell: string, script: string): string {
  return execFileSync(shell, ['-c', script], {
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  }).toString();
}

const shells = ['/bin/sh', '/usr/bin/bash', '/usr/bin/dash', '/usr/bin/ksh', '/usr/bin/zsh'].filter(
  existsSync,
);

function refusal(words: readonly string[]): UserError {
  try {
    quoteWords(words);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error('it was not refused');
}

/** What a real shell makes of each list, all lists in one go. */
function readBy(shell: string, lists: readonly (readonly string[])[]): string[][] {
  const script = lists
    .map((words) => `printf '%s\\0' ${quoteWords(words)}\nprintf '\\0'`)
    .join('\n');
  const rest = run(shell, script).split('\0');
  return lists.map((words) => {
    const own = rest.splice(0, words.length);
    rest.shift();
    return own;
  });
}

const hard = [
  ...[
    '',
    ' ',
    "'",
    '"',
    '\\',
    '$',
    '`',
    '!',
    '#',
    '~',
    '*',
    '?',
    '[',
    '{',
    '}',
    '(',
    ')',
    '<',
    '>',
  ],
  ...[
    '|',
    '&',
    ';',
    '\n',
    '\t',
    '\r',
    '$(id)',
    '`id`',
    "'\\''",
    "it's",
    '-n',
    '--',
    'a=b',
    '~root',
  ],
  ...[
    '{a,b}',
    '\\n',
    '\\\n',
    'é',
    '日本',
    '\u00a0',
    '\u200b',
    '\x01',
    '\x7f',
    '%1',
    '=ls',
    '^',
    '!!',
  ],
];
const word = fc.oneof(
  fc.constantFrom(...hard),
  fc.array(fc.constantFrom(...hard, 'a', 'b'), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
);
const sound = word.filter((text) => !text.includes('\0') && !/\p{Cs}/u.test(text));

describe('a word that no argument can hold is refused', () => {
  it.each([['a\0b'], ['\0'], ['\ud800'], ['x\udc00y']])('%j', (text) => {
    const error = refusal(['ls', text]);
    expect(error.code).toBe('unquotable_word');
    expect(error.exitCode).toBe(64);
    expect(error.hint).toBeTypeOf('string');
  });
});

describe('quoteWords', () => {
  it.each([
    [['ls', '-l', '/srv/app_1.2'], 'ls -l /srv/app_1.2'],
    [['curl', '--max-time=5', 'user@host:80'], 'curl --max-time=5 user@host:80'],
    [['echo', 'a b', ''], "echo 'a b' ''"],
    [['echo', "it's"], "echo 'it'\\''s'"],
    [['echo', '$HOME', '*', '~'], "echo '$HOME' '*' '~'"],
    [[], ''],
  ])('%j', (words, quoted) => {
    expect(quoteWords(words)).toBe(quoted);
  });

  it.each(['A=b', 'if', '!', '{', '[[', 'time', 'function', '2', '%1', '=ls'])(
    'lets no shell take %s for syntax as the first word',
    (first) => {
      expect(quoteWords([first, 'x'])).toBe(`'${first}' x`);
    },
  );

  it.each(shells)('%s reads exactly the words', (shell) => {
    expect(readBy(shell, [hard])).toEqual([hard]);
    fc.assert(
      fc.property(
        fc.array(fc.array(sound, { minLength: 1, maxLength: 6 }), { minLength: 1 }),
        (lists) => {
          expect(readBy(shell, lists)).toEqual(lists);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each(shells)('%s starts the program of any name, not an assignment or a keyword', (shell) => {
    for (const name of ['A=b', 'if', 'in', 'a b', "it's", '$x']) {
      const told = `env -- ${quoteWords([name])} 2>&1; ${quoteWords([name])} 2>&1; true`;
      expect(run(shell, told)).toContain('not found');
    }
  });
});
