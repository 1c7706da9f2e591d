import type { Assignment, Word, WordPart } from 'unbash';

/** One word of a command, before the remote shell expands it. */
export interface ShellWord {
  /** Quotes removed, expansions as written. */
  readonly text: string;
  /** What the program gets; null where an expansion decides. */
  readonly exact: string | null;
  /** What it surely begins with. */
  readonly prefix: string;
  /** May become several words, or none. */
  readonly many: boolean;
}

/** Thrown where the parser and this reading of POSIX quoting differ about one word. */
export class QuotingError extends Error {}

export function exactWord(text: string): ShellWord {
  return { text, exact: text, prefix: text, many: false };
}

/** Whether the program may take it for an option. */
export function mayBeOption(word: ShellWord): boolean {
  if (word.exact !== null) return word.exact.startsWith('-');
  return word.prefix === '' || word.prefix.startsWith('-') || word.many;
}

export function readWord(word: Word): ShellWord {
  const { known, complete } = dequote(word.text);
  if (complete && known !== word.value) throw new QuotingError();
  if (complete) return exactWord(known);
  return {
    text: word.value,
    exact: null,
    prefix: known,
    many: word.parts === undefined ? /[$`]/.test(word.text) : splits(word.parts),
  };
}

/** `NAME=value` as an argument of `export` and its like. */
export function readAssignmentWord(node: Assignment): ShellWord {
  const { known, complete } = dequote(node.text);
  if (complete) return exactWord(known);
  return { text: node.text, exact: null, prefix: known, many: true };
}

const unquotedSpecial = /[$`*?[{}()<>|&;\s]/;

/** Read apart from the parser, by POSIX 2.2 alone, as far as every shell reads it alike. */
export function dequote(text: string): { readonly known: string; readonly complete: boolean } {
  if (/^(\[|\{\}|\{|\})$/.test(text)) return { known: text, complete: true };
  let known = '';
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '\\') {
      const next = text[at + 1];
      if (next === undefined) return { known, complete: false };
      if (next !== '\n') known += next;
      at += 2;
    } else if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return { known, complete: false };
      known += text.slice(at + 1, end);
      at = end + 1;
    } else if (character === '"') {
      const quoted = doubleQuoted(text, at + 1);
      known += quoted.known;
      if (quoted.end === null) return { known, complete: false };
      at = quoted.end;
    } else if (unquotedSpecial.test(character) || expandsHere(text, at)) {
      return { known: character === '~' ? `${known}~` : known, complete: false };
    } else {
      known += character;
      at += 1;
    }
  }
  return { known, complete: true };
}

/** A tilde, in some shells also behind `=` and `:`; and `=name` of zsh. */
function expandsHere(text: string, at: number): boolean {
  const character = text[at];
  if (character === '~') return at === 0 || /[=:]/.test(text.charAt(at - 1));
  return character === '=' && at === 0 && text.length > 1;
}

function doubleQuoted(text: string, start: number) {
  let known = '';
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { known, end: at + 1 };
    if (character === '$' || character === '`') return { known, end: null };
    if (character !== '\\') {
      known += character;
      continue;
    }
    const next = text.charAt(at + 1);
    if (!'$`"\\\n'.includes(next)) known += character;
    else {
      if (next !== '\n') known += next;
      at += 1;
    }
  }
  return { known, end: null };
}

function splits(parts: readonly WordPart[]): boolean {
  return parts.some((part) => {
    if (part.type === 'Literal' || part.type === 'SingleQuoted') return false;
    // Patterns become several words, but each begins with what stands before the pattern.
    if (part.type === 'Glob' || part.type === 'BraceExpansion') return false;
    if (part.type !== 'DoubleQuoted') return true;
    return part.parts.some((inner) => inner.type !== 'Literal' && inner.text.includes('@'));
  });
}
