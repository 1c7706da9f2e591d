import type { Scp } from '../shell/gathering.ts';

/** How a file is called in a recording. */
export interface Place {
  readonly path: string;
  /** Where `path` may be the file or a folder for it. */
  readonly name?: string;
}

export type ScpCommand = Pick<Scp, 'direction' | 'words' | 'intoFolder'>;

/** As long as a path can be, for Linux. */
const longestPath = 4096;

/** Where on the server a file is, by the names that lead to it: folders, and its own as the last. */
export function placeOf(command: ScpCommand, names: readonly string[]): Place {
  const { path, name } =
    command.direction === 'to' ? placeTo(command, names) : placeFrom(command, names);
  return name === undefined ? { path: cut(path) } : { path: cut(path), name: cut(name) };
}

/** Whether the target is a folder or a new name only the server knows, unless it is written as one. */
function placeTo({ words, intoFolder }: ScpCommand, names: readonly string[]): Place {
  const target = words[0]?.text ?? '';
  if (intoFolder || isFolder(target)) return { path: joined([target, ...names]) };
  return { path: target, name: joined(names) };
}

function isFolder(target: string): boolean {
  return target === '~' || /(?:^|\/)\.{0,2}$/.test(target);
}

/** The first name is the last one of what was asked for, which may be a pattern. */
function placeFrom({ words }: ScpCommand, names: readonly string[]): Place {
  for (const { text } of words) {
    const asked = text.replace(/(?<=.)\/+$/, '');
    if (asked.slice(asked.lastIndexOf('/') + 1) === names[0]) {
      return { path: joined([asked, ...names.slice(1)]) };
    }
  }
  const [only, second] = words;
  if (only === undefined || second !== undefined) return { path: joined(names) };
  const folder = folderOfPattern(only.text);
  return folder === null
    ? { path: only.text, name: joined(names) }
    : { path: joined([folder, ...names]) };
}

/** `/var/log/` of `/var/log/*.gz`; null where it has no pattern, or one that stands for folders. */
function folderOfPattern(text: string): string | null {
  const at = text.lastIndexOf('/') + 1;
  const special = /[*?[\]{}$`~]/;
  return special.test(text.slice(at)) && !special.test(text.slice(0, at))
    ? text.slice(0, at)
    : null;
}

function joined([first = '', ...names]: readonly string[]): string {
  const rest = names.join('/');
  if (rest === '') return first;
  return first === '' || first.endsWith('/') ? first + rest : `${first}/${rest}`;
}

function cut(text: string): string {
  return text.length > longestPath ? `${text.slice(0, longestPath)}…` : text;
}
