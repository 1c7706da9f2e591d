/**
 * Compiles a glob in which `*` stands for any run of characters, the empty one included, and
 * every other character for itself. Each piece is sought once, left to right, so matching
 * takes time linear in the text for a given glob.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const pieces = glob.split('*');
  const [head = ''] = pieces;
  if (pieces.length === 1) return (text) => text === head;
  const tail = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  return (text) => {
    if (text.length < head.length + tail.length) return false;
    if (!text.startsWith(head) || !text.endsWith(tail)) return false;
    const end = text.length - tail.length;
    let at = head.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** Whether any of the globs matches. */
export function compileGlobs(globs: readonly string[]): (text: string) => boolean {
  const matchers = globs.map(compileGlob);
  return (text) => matchers.some((matches) => matches(text));
}
