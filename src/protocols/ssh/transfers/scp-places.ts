import type { FilePlace } from '../../../core/transfer-reader.ts';
import type { Scp } from '../shell/gathering.ts';
import { boundedPlace, isFolder, special } from './places.ts';

export type ScpCommand = Pick<Scp, 'direction' | 'words' | 'intoFolder'>;

/** Where on the server a file is, by the names that lead to it: folders, and its own as the last. */
export function placeOf(command: ScpCommand, names: readonly string[]): FilePlace {
  return boundedPlace(
    command.direction === 'to' ? placeTo(command, names) : placeFrom(command, names),
  );
}

/** Whether the target is a folder or a new name only the server knows, unless it is written as one. */
function placeTo({ words, intoFolder }: ScpCommand, names: readonly string[]): FilePlace {
  const target = words[0]?.text ?? '';
  if (intoFolder || isFolder(target)) return { path: joined([target, ...names]) };
  return { path: target, name: joined(names) };
}

/** The first name is the last one of what was asked for, which may be a pattern. */
function placeFrom({ words }: ScpCommand, names: readonly string[]): FilePlace {
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
  return special.test(text.slice(at)) && !special.test(text.slice(0, at))
    ? text.slice(0, at)
    : null;
}

function joined([first = '', ...names]: readonly string[]): string {
  const rest = names.join('/');
  if (rest === '') return first;
  return first === '' || first.endsWith('/') ? first + rest : `${first}/${rest}`;
}
