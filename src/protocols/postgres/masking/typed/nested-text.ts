/** Values in quotes, as they stand in the text of arrays and rows. */

/** From a quote on; `end` is behind the quote that ends it. Null where none does. */
export function readQuoted(text: string, start: number): { said: string; end: number } | null {
  let said = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') {
      at += 1;
      said += text[at] ?? '';
    } else if (character !== '"') said += character;
    // Rows double a quote.
    else if (text[at + 1] === '"') {
      at += 1;
      said += '"';
    } else return { said, end: at + 1 };
  }
  return null;
}

export function quotedText(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
