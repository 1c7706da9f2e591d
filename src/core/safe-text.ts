const newlines = /\r\n|\n/g;
// Controls except LF and TAB; bidi, zero-width, format and separator characters; lone surrogates.
const unsafe =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]|\p{Cs}|\p{Co}/gu;

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
