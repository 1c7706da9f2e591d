const maxLines = 1500;
const context = 2;

/**
 * What changed from one text to the other: lines behind `- `, `+ ` or two spaces, unchanged ones
 * only near changes, `…` where some are left out. Empty for equal texts; null for too much.
 */
export function lineDiff(before: string, after: string): readonly string[] | null {
  const [from, to] = [before.split('\n'), after.split('\n')];
  if (before === after) return [];
  if (from.length > maxLines || to.length > maxLines) return null;
  return nearChanges(marked(from, to, commonLengths(from, to)));
}

interface Marked {
  readonly mark: '-' | '+' | ' ';
  readonly line: string;
}

/** Of the longest common subsequence of what is left from each pair of places. */
function commonLengths(from: readonly string[], to: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: from.length + 1 }, () => new Uint16Array(to.length + 1));
  for (let i = from.length - 1; i >= 0; i -= 1) {
    for (let j = to.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      const below = lengths[i + 1];
      if (row === undefined || below === undefined) continue;
      row[j] =
        from[i] === to[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

function marked(
  from: readonly string[],
  to: readonly string[],
  lengths: readonly Uint16Array[],
): readonly Marked[] {
  const lines: Marked[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [old, young] = [from[i], to[j]];
    if (old !== undefined && old === young) {
      lines.push({ mark: ' ', line: old });
      i += 1;
      j += 1;
    } else if (
      old !== undefined &&
      (young === undefined || (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))
    ) {
      lines.push({ mark: '-', line: old });
      i += 1;
    } else {
      lines.push({ mark: '+', line: young ?? '' });
      j += 1;
    }
  }
  return lines;
}

function nearChanges(lines: readonly Marked[]): readonly string[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(({ mark }) => mark !== ' '),
  );
  return lines.flatMap(({ mark, line }, at) => {
    if (near[at] === true) return [`${mark} ${line}`];
    return at > 0 && near[at - 1] === true ? ['…'] : [];
  });
}
