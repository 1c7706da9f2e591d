import type { ShellWord } from './words.ts';
import { mayBeOption } from './words.ts';

/** The options of a program that are known to be harmless, as getopt reads them. */
export interface OptionTable {
  /** Letters without a value. */
  readonly flags?: string;
  /** Letters with one. */
  readonly values?: string;
  readonly longFlags?: readonly string[];
  readonly longValues?: readonly string[];
  /** Whole words beside these: `-10` of nice. */
  readonly words?: RegExp;
}

export interface GivenOption {
  /** `u`, `unset`. */
  readonly name: string;
  readonly value: string | null;
}

export type ReadOptions =
  | {
      readonly kind: 'read';
      readonly given: readonly GivenOption[];
      readonly rest: readonly ShellWord[];
    }
  /** Not in the table, or decided by an expansion. */
  | { readonly kind: 'strange'; readonly option: string };

/** Reads options up to the first word that is none: what follows it belongs to another program. */
export function readOptions(args: readonly ShellWord[], table: OptionTable): ReadOptions {
  const given: GivenOption[] = [];
  let at = 0;
  while (at < args.length) {
    const word = args[at];
    if (word === undefined || !mayBeOption(word) || word.exact === '-') break;
    const option = word.exact;
    if (option === null) return { kind: 'strange', option: word.text };
    at += 1;
    if (option === '--') break;
    if (table.words?.test(option)) continue;
    const one = option.startsWith('--')
      ? longOption(option, table, args[at])
      : cluster(option, table, args[at]);
    if (one === null) return { kind: 'strange', option };
    given.push(...one.given);
    at += one.taken;
  }
  return { kind: 'read', given, rest: args.slice(at) };
}

interface Taken {
  readonly given: readonly GivenOption[];
  /** Words beyond the option's own. */
  readonly taken: 0 | 1;
}

function longOption(option: string, table: OptionTable, next: ShellWord | undefined): Taken | null {
  const [, name = '', attached] = /^--([^=]*)(?:=(.*))?$/s.exec(option) ?? [];
  if (table.longFlags?.includes(name) && attached === undefined) {
    return { given: [{ name, value: null }], taken: 0 };
  }
  if (!table.longValues?.includes(name)) return null;
  if (attached !== undefined) return { given: [{ name, value: attached }], taken: 0 };
  return next === undefined || next.many || patterned(next)
    ? null
    : { given: [{ name, value: next.exact }], taken: 1 };
}

function cluster(option: string, table: OptionTable, next: ShellWord | undefined): Taken | null {
  const given: GivenOption[] = [];
  for (let at = 1; at < option.length; at += 1) {
    const letter = option.charAt(at);
    if (table.flags?.includes(letter)) given.push({ name: letter, value: null });
    else if (!table.values?.includes(letter)) return null;
    else if (at + 1 < option.length) {
      return { given: [...given, { name: letter, value: option.slice(at + 1) }], taken: 0 };
    } else {
      if (next === undefined || next.many || patterned(next)) return null;
      return { given: [...given, { name: letter, value: next.exact }], taken: 1 };
    }
  }
  return { given, taken: 0 };
}

/** A pattern may stand for several words. */
function patterned(word: ShellWord): boolean {
  return word.exact === null && /[*?[{]/.test(word.text);
}

/** Whether some option may be one of these; GNU programs take every unambiguous beginning. */
export function riskyOption(
  args: readonly ShellWord[],
  risky: { readonly short?: string; readonly long?: readonly string[] },
): string | null {
  for (const word of args) {
    const text = word.exact;
    if (text === null) {
      if (mayBeOption(word)) return word.text;
    } else if (text.startsWith('--')) {
      const name = text.slice(2).split('=', 1)[0] ?? '';
      if (risky.long?.some((long) => long.startsWith(name))) return text;
    } else if (text.startsWith('-') && [...text.slice(1)].some((c) => risky.short?.includes(c))) {
      return text;
    }
  }
  return null;
}
