import type { FilePlace } from '../../../../core/transfer-reader.ts';
import { boundedPlace, isFolder, special } from '../places.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * Where on the server a file of a list is. `alone`: the list has this file and nothing else; then
 * only the receiver knows whether the target is a folder or its new name.
 */
export function placeOf(options: ServerOptions, name: string, alone: boolean): FilePlace {
  return boundedPlace(
    options.sends ? sentPlace(options, name) : receivedPlace(options.paths[0] ?? '', name, alone),
  );
}

function receivedPlace(target: string, name: string, alone: boolean): FilePlace {
  if (alone && !isFolder(target)) return { path: target, name };
  return { path: joined(target, name) };
}

/** Names begin with the last one of what was asked for, unless that ends in a slash. */
function sentPlace(options: ServerOptions, name: string): FilePlace {
  const { paths } = options;
  const root = rootFor(options);
  const folders = paths.map(root ?? folderOf);
  const [only = '', ...others] = paths;
  if (others.length === 0) return placeIn(folders[0] ?? '', only, name);
  const first = name.split('/', 1)[0] ?? '';
  const possible = folders.filter((_, at) => root !== null || lastOf(paths[at] ?? '') === first);
  const [folder, another] = new Set(possible);
  if (folder === undefined || another !== undefined) return { path: name };
  return placeIn(folder, null, name);
}

/** Where names do not depend on what the last one of a path is. */
function rootFor({ letters, long }: ServerOptions): ((path: string) => string) | null {
  if (long.has('files-from')) return (path) => path;
  return letters.has('R') ? rootOf : null;
}

function placeIn(folder: string, asked: string | null, name: string): FilePlace {
  if (asked !== null && special.test(folder)) return { path: asked, name };
  return { path: joined(folder, name) };
}

function folderOf(path: string): string {
  return isFolder(path) ? path : path.slice(0, path.lastIndexOf('/') + 1);
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** With `-R` names are all of the path, or what is behind a dot in it. */
function rootOf(path: string): string {
  const at = path.indexOf('/./');
  if (at >= 0) return path.slice(0, at + 1);
  return path.startsWith('/') ? '/' : '';
}

/** A name in a list is below something, whatever it begins with. */
function joined(folder: string, name: string): string {
  const below = name.replace(/^\/+/, '');
  if (folder === '' || folder === '.' || folder === './') return below;
  return folder.endsWith('/') ? folder + below : `${folder}/${below}`;
}
