const newlines = /\r\n|\n/g;
// Every control, format, surrogate, private, unassigned and invisible character but LF and TAB,
// and every space that is not the plain one.
const unsafe = /(?![\n\t ])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes text from others fit for a terminal: every control, escape, bidi and invisible
 * character is shown as `\u{…}`. Newlines and tabs stay.
 */
export function safeText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** The same on one line: newlines shown as `⏎`, tabs as a space, cut to `limit` characters. */
export function safeLine(text: string, limit = 200): string {
  const cut = text.length > limit * 2 ? text.slice(0, limit * 2) : text;
  const line = safeText(cut.replace(newlines, '⏎').replaceAll('\t', ' '));
  return line.length > limit || cut.length < text.length ? `${line.slice(0, limit - 1)}…` : line;
}
