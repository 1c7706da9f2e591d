const escapeCode = 0x1b;
const bell = 0x07;

/** What a terminal was sent, less what moves and colours it (ECMA-48): for search and plain text. */
export function visibleText(text: string): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('\u001b'); at !== -1; at = text.indexOf('\u001b', from)) {
    out += text.slice(from, at);
    from = endOfSequence(text, at + 1);
  }
  return (out + text.slice(from)).replaceAll('\r\n', '\n');
}

function endOfSequence(text: string, start: number): number {
  const introducer = text[start] ?? '';
  if (introducer === '[') return skip(text, skip(text, start + 1, 0x20, 0x3f), 0x40, 0x7e, 1);
  if (']PX^_'.includes(introducer)) return endOfString(text, start + 1);
  return skip(text, start, 0x20, 0x2f) + 1;
}

function skip(text: string, start: number, low: number, high: number, most = text.length): number {
  let at = start;
  while (at - start < most && text.charCodeAt(at) >= low && text.charCodeAt(at) <= high) at += 1;
  return at;
}

/** Ended by BEL or by ESC and a backslash. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === bell) return at + 1;
    if (code === escapeCode) return at + 2;
  }
  return text.length;
}
