/** Final bytes of control sequences that make a terminal answer, or move its window (xterm). */
const asking: ReadonlySet<string> = new Set(['c', 'n', 't', 'x']);
const longest = 4096;
const controls = /\p{Cc}/gu;
/** Bell, moves, and the switch between character sets. */
const drawing: ReadonlySet<string> = new Set('\u0007\b\t\n\v\f\r\u000e\u000f');

/**
 * What of recorded output may be shown again in a person's own terminal: all that draws. Left out
 * is what would set their title or clipboard, or have their terminal answer as if they typed:
 * OSC, DCS and their like, queries, C1 controls, ENQ.
 */
export class TerminalFilter {
  #kept = '';

  /** A sequence that is cut is kept until its rest comes. */
  push(text: string): string {
    const all = this.#kept + text;
    this.#kept = '';
    let out = '';
    let from = 0;
    for (let at = all.indexOf('\u001b'); at !== -1; at = all.indexOf('\u001b', from)) {
      out += plain(all.slice(from, at));
      const end = endOf(all, at + 1);
      if (end === null) {
        if (all.length - at <= longest) this.#kept = all.slice(at);
        return out;
      }
      out += draws(all.slice(at, end)) ? all.slice(at, end) : '';
      from = end;
    }
    return out + plain(all.slice(from));
  }
}

function plain(text: string): string {
  return text.replace(controls, (control) => (drawing.has(control) ? control : ''));
}

function draws(sequence: string): boolean {
  const kind = sequence[1] ?? '';
  if (']PX^_'.includes(kind) || kind === 'Z') return false;
  if (kind !== '[') return true;
  const final = sequence.at(-1) ?? '';
  const extended = sequence.includes('$') || sequence.includes('>');
  return !asking.has(final) && !(extended && (final === 'p' || final === 'q'));
}

/** Where the sequence behind an ESC ends; null where it is not all there. */
function endOf(text: string, start: number): number | null {
  const kind = text[start];
  if (kind === undefined) return null;
  if (']PX^_'.includes(kind)) return endOfString(text, start + 1);
  let at = kind === '[' ? start + 1 : start;
  const last = kind === '[' ? 0x3f : 0x2f;
  while (text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= last) at += 1;
  return at < text.length ? at + 1 : null;
}

function endOfString(text: string, start: number): number | null {
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x07 || code === 0x9c) return at + 1;
    if (code === 0x1b) return at + 1 < text.length ? at + 2 : null;
  }
  return null;
}
