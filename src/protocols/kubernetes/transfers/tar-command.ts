/** What `kubectl cp` runs in a container. */
export type TarCommand =
  | { readonly direction: 'upload'; readonly folder: string | null }
  | {
      readonly direction: 'download';
      readonly paths: readonly string[];
      /** A second try, which leaves out what has come already. */
      readonly resumed: boolean;
    };

const unpacking = /^-?x(?:mf|f)$/;
const packing = /^-?cf(?:h)?$/;
const harmless: ReadonlySet<string> = new Set(['--no-same-permissions', '--no-same-owner']);
/** With `--retries`. No word of it is quoted, so that others would be more than a path. */
const tried = /^tar cf - ([\w@%+=:,./-]+) \| tail -c\+(\d+)$/;

/**
 * Exactly the words that `kubectl cp` sends, and its own help has people write; null for all
 * others. Options may have tar run programs, whose output would be none of an archive.
 */
export function readTarCommand(words: readonly string[]): TarCommand | null {
  const [program, ...rest] = words;
  if (program === 'sh') return readTried(rest);
  if (program !== 'tar') return null;
  const [letters = '', dash, ...more] = rest.filter((word) => !harmless.has(word));
  if (dash !== '-') return null;
  if (unpacking.test(letters)) {
    const [option, folder, ...others] = more;
    if (option === undefined) return { direction: 'upload', folder: null };
    if (option !== '-C' || folder === undefined || others.length > 0) return null;
    return { direction: 'upload', folder };
  }
  const plain = packing.test(letters) && more.every((word) => !word.startsWith('-'));
  return plain && more.length > 0 ? { direction: 'download', paths: more, resumed: false } : null;
}

function readTried([option, script = '', ...others]: readonly string[]): TarCommand | null {
  const [, path, from] = tried.exec(script) ?? [];
  if (option !== '-c' || path === undefined || path.startsWith('-') || others.length > 0) {
    return null;
  }
  return { direction: 'download', paths: [path], resumed: Number(from) > 1 };
}
