import { each, type Judge, strange } from './call.ts';
import { readOptions } from './options.ts';

/** Addresses, then p, d, q, =, or s/…/…/ with plain flags: neither e nor w, which run and write. */
const address = String.raw`(?:\d+|\$|/[^/\\\n]*/)`;
const substitute = String.raw`s(?:/(?:[^/\\\n]|\\[^\n])*/(?:[^/\\\n]|\\[^\n])*/|\|(?:[^|\\\n]|\\[^\n])*\|(?:[^|\\\n]|\\[^\n])*\|)[gpIi0-9]*`;
const one = String.raw`\s*(?:${address}(?:,${address})?)?\s*!?\s*(?:[pdq=]|${substitute})?\s*`;
const plainSed = new RegExp(`^${one}(?:;${one})*$`);

/** BSD's sed takes the empty word for a suffix, and a delimiter in brackets for text. */
function runsNothing(script: string | null | undefined): boolean {
  if (script === null || script === undefined || script === '') return false;
  return plainSed.test(script) && !/\[[^\]]*[/|]/.test(script);
}

const sed: Judge = (call) => {
  const options = readOptions(call.args, {
    flags: 'nErsuz',
    values: 'e',
    longFlags: ['quiet', 'silent', 'regexp-extended', 'separate', 'unbuffered', 'null-data'],
    longValues: ['expression'],
    words: /^-(?:i.*|-in-place(?:=.*)?)$/s,
  });
  if (options.kind === 'strange') {
    strange(call, options.option);
    return;
  }
  const given = options.given.filter(({ name }) => name === 'e' || name === 'expression');
  const scripts = given.length > 0 ? given.map(({ value }) => value) : [options.rest[0]?.exact];
  const files = given.length > 0 ? options.rest : options.rest.slice(1);
  if (!scripts.every(runsNothing)) {
    call.out.opaque(`${call.name} may run commands, or write files, that its script names`);
  }
  // GNU sed takes options behind files too.
  const late = files.find((word) => word.exact?.startsWith('-') ?? word.prefix === '');
  if (late !== undefined) strange(call, late.text);
};

/** Pipes, files, system(), and what loads further code. */
function runsMore(program: string): boolean {
  if (/system|getline|@|\|/.test(program.replaceAll('||', ''))) return true;
  return program.includes('>') && /print/.test(program);
}

const awk: Judge = (call) => {
  const options = readOptions(call.args, { values: 'Fv' });
  if (options.kind === 'strange') {
    strange(call, options.option);
    return;
  }
  const program = options.rest[0]?.exact ?? null;
  if (program === null || runsMore(program)) {
    call.out.opaque(`${call.name} may run commands, or write files, that its program names`);
  }
};

/** Programs with a small language of their own, parts of which run nothing. */
export const scripted: readonly [string, Judge][] = [
  ['sed', sed],
  ...each(['awk', 'gawk', 'mawk', 'nawk', 'original-awk', 'igawk'], awk),
];
