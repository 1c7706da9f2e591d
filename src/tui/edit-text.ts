import type { Key } from './keys.ts';

/** Characters of a reason or a filter. */
export const textLimit = 1000;

/** A line of text after a key; the same string when the key does not edit. */
export function edited(text: string, key: Key): string {
  if (key.kind === 'char') return (text + key.char).slice(0, textLimit);
  if (key.kind === 'paste') return (text + key.text.replace(/\s+/g, ' ')).slice(0, textLimit);
  switch (key.name) {
    case 'backspace':
      return [...text].slice(0, -1).join('');
    case 'ctrl-u':
      return '';
    case 'ctrl-w':
      return text.replace(/\S*\s*$/, '');
    default:
      return text;
  }
}
