export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'tab'
  | 'ctrl-c'
  | 'ctrl-l'
  | 'ctrl-u'
  | 'ctrl-w'
  | 'ctrl-z';

export type Key =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'named'; readonly name: KeyName }
  /** Text between the marks of a bracketed paste: never keys. */
  | { readonly kind: 'paste'; readonly text: string };

export interface KeyDecoder {
  /** The keys of one burst: what arrived in one piece. An unfinished sequence is kept back. */
  push(chunk: string): readonly Key[];
  /** Called when nothing followed for a moment: a lone ESC was the Escape key. */
  flush(): readonly Key[];
  /** Whether `flush` would yield something. */
  readonly waiting: boolean;
}

const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';
const pasteLimit = 64 * 1024;
const sequenceLimit = 32;

// ECMA-48: CSI parameters, intermediates, final byte; SS3 and one character.
const escapeCode = '\u001b';
const csi = new RegExp(`^${escapeCode}\\[[0-?]*[ -/]*[@-~]`);
const csiBegun = new RegExp(`^${escapeCode}\\[[0-?]*[ -/]*$`);
const loneEscape = new RegExp(`^${escapeCode}O?$`);

const sequences: Readonly<Record<string, KeyName>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
};

const controls: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u000c': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u0017': 'ctrl-w',
  '\u001a': 'ctrl-z',
};

/** Splits terminal input into keys; escape sequences and pastes stay whole, across reads too. */
export function createKeyDecoder(): KeyDecoder {
  let pending = '';
  /** What a paste has brought so far; null outside one. */
  let pasted: string | null = null;

  function decode(final: boolean): readonly Key[] {
    const keys: Key[] = [];
    while (pending !== '') {
      const key: Key | null | 'more' = pasted === null ? outside(final) : inside(pasted);
      if (key === 'more') break;
      if (key !== null) keys.push(key);
    }
    return keys;
  }

  function outside(final: boolean): Key | null | 'more' {
    if (pending.startsWith(pasteStart)) {
      pending = pending.slice(pasteStart.length);
      pasted = '';
      return null;
    }
    const step = next(pending, final);
    if (step === 'more') return 'more';
    pending = pending.slice(step.length);
    return step.key;
  }

  /** Only its end mark ends a paste, however long it is: the rest of it must not become keys. */
  function inside(before: string): Key | 'more' {
    const end = pending.indexOf(pasteEnd);
    const taken = end === -1 ? pending.length - pasteEnd.length : end;
    const text = `${before}${pending.slice(0, Math.max(0, taken))}`.slice(0, pasteLimit);
    pending = end === -1 ? pending.slice(-pasteEnd.length) : pending.slice(end + pasteEnd.length);
    pasted = end === -1 ? text : null;
    return end === -1 ? 'more' : { kind: 'paste', text };
  }

  return {
    push(chunk) {
      pending += chunk;
      return decode(false);
    },
    flush: () => decode(pasted === null && loneEscape.test(pending)),
    get waiting() {
      return pasted === null && loneEscape.test(pending);
    },
  };
}

interface Step {
  readonly length: number;
  /** Null for sequences that mean nothing here. */
  readonly key: Key | null;
}

function next(text: string, final: boolean): Step | 'more' {
  if (text.startsWith('\u001b')) return sequence(text, final);
  const char = String.fromCodePoint(text.codePointAt(0) ?? 0);
  const name = controls[char];
  if (name !== undefined) return { length: 1, key: { kind: 'named', name } };
  const printable = char >= ' ';
  return { length: char.length, key: printable ? { kind: 'char', char } : null };
}

function sequence(text: string, final: boolean): Step | 'more' {
  const found = csi.exec(text)?.[0];
  if (found !== undefined) return named(found.length, sequences[found.slice(2)]);
  if (text.length < sequenceLimit && csiBegun.test(text) && !final) return 'more';
  if (text.startsWith('\u001bO') && text.length > 2) return named(3, sequences[text.charAt(2)]);
  if ((text === '\u001b' || text === '\u001bO') && !final) return 'more';
  if (text.length > 1 && text.charAt(1) !== '\u001b') return { length: 2, key: null };
  return named(1, 'escape');
}

function named(length: number, name: KeyName | undefined): Step {
  return { length, key: name === undefined ? null : { kind: 'named', name } };
}
