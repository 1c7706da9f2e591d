/** `*` and `?` in a pattern, all else as it is; in time that does not explode. */
export function matchesWildcards(pattern: string, wanted: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let read = 0; read < wanted.length; ) {
    const sign = pattern[at];
    if (sign === '*') {
      star = at;
      retry = read;
      at += 1;
    } else if (sign === '?' || sign === wanted[read]) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      read = retry;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
