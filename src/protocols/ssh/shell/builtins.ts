import { type Call, each, type Judge, strange } from './call.ts';
import { setsVariable } from './redirections.ts';
import { judgeBracket } from './test-expressions.ts';
import { harmlessInEnvironment, harmlessInShell } from './variables.ts';
import { mayBeOption } from './words.ts';

const rewriting = [
  ...['alias', 'unalias', 'enable', 'hash', 'rehash', 'bind', 'complete', 'compgen', 'compopt'],
  ...['mapfile', 'readarray', 'fc', 'history', 'jobs', 'let', 'declare', 'typeset', 'local'],
  ...[
    'nameref',
    'functions',
    'vared',
    'print',
    'getopts',
    'shopt',
    'setopt',
    'unsetopt',
    'fg',
    'bg',
  ],
  ...['disown', 'function', 'integer', 'float', 'disable', 'which-command', 'zparseopts', 'zstyle'],
];

const rewrites: Judge = (call) => {
  call.out.opaque(`${call.name} may change what other words of the command mean`);
};

const evaluates: Judge = (call) => {
  call.out.opaque(`${call.name} runs the text that it is given`);
  const words = call.name === 'trap' ? call.args.slice(0, 1) : call.args;
  const text = words.map((word) => word.exact);
  if (text.length > 0 && !text.includes(null)) call.script(text.join(' '));
};

const sources: Judge = (call) => {
  call.out.opaque(`${call.name} runs what a file contains`);
};

const names = new Set([
  'errexit',
  'nounset',
  'xtrace',
  'noglob',
  'noclobber',
  'pipefail',
  'noexec',
]);

/** Options that only stop, show or forbid; and words that become `$1`, `$2`. */
const set: Judge = (call) => {
  let named = false;
  for (const word of call.args) {
    const text = word.exact;
    if (text === '--') return;
    if (named && text !== null && names.has(text)) {
      named = false;
      continue;
    }
    if (named || (text === null ? mayBeOption(word) : !/^[-+][euxfvnC]*o?$/.test(text))) {
      if (!named && text !== null && !/^[-+]/.test(text)) return;
      strange(call, word.text);
      return;
    }
    named = text?.endsWith('o') ?? false;
  }
};

/** `export` and `readonly`. */
const exporting: Judge = (call) => {
  for (const word of call.args) {
    if (word.exact === '-p') continue;
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word.exact ?? word.text) ?? [];
    const known = word.exact === null ? null : (value ?? '');
    if (!harmlessInEnvironment(name, known)) setsVariable(name, call.out);
  }
};

/** `read` and `unset`: the words are names of variables, subscripts of which are evaluated. */
function naming(harmlessFlags: RegExp): Judge {
  return (call) => {
    for (const word of call.args) {
      if (harmlessFlags.test(word.exact ?? '')) continue;
      if (!harmlessInShell(word.exact ?? '', null)) setsVariable(word.text, call.out);
    }
  };
}

const printf: Judge = (call) => {
  const first = call.args[0];
  if (first !== undefined && mayBeOption(first) && first.exact !== '--') {
    strange(call, first.text);
  }
};

const bracket: Judge = (call) => judgeBracket(call.args, call.out);

const wait: Judge = (call) => {
  const strangeWord = call.args.find((word) => !/^%?\d+$/.test(word.exact ?? ''));
  if (strangeWord !== undefined && strangeWord.text !== '$!') strange(call, strangeWord.text);
};

/** In some shells the argument is arithmetic. */
const counting = (call: Call): void => {
  const word = call.args.find(({ exact, text }) => !/^\d+$/.test(exact ?? '') && text !== '$?');
  if (word !== undefined) strange(call, word.text);
};

/** The limit is arithmetic to ksh. */
const ulimit: Judge = (call) => {
  const harmless = /^(?:-[a-zA-Z]+|\d+|unlimited|hard|soft)$/;
  const word = call.args.find(({ exact }) => !harmless.test(exact ?? ''));
  if (word !== undefined) strange(call, word.text);
};

/** What shells do themselves, as far as it is more than text in and text out. */
export const builtins: readonly [string, Judge][] = [
  ...each(rewriting, rewrites),
  ...each(['eval', 'trap'], evaluates),
  ...each(['.', 'source'], sources),
  ...each(['export', 'readonly'], exporting),
  ...each(['test', '['], bracket),
  ...each(['exit', 'return', 'break', 'continue', 'shift'], counting),
  ['set', set],
  ['read', naming(/^-[rs]+$/)],
  ['unset', naming(/^-v$/)],
  ['printf', printf],
  ['wait', wait],
  ['ulimit', ulimit],
];
