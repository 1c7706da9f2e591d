import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** The program that runs now. */
export interface Program {
  /** The script that was started: `bin/run.js`, or `bin/dev.js` from the sources. */
  readonly script: string;
}

/** How to run the program as a child of this one. */
export function programCommand({ script }: Program): readonly [file: string, ...args: string[]] {
  return [process.execPath, ...process.execArgv, script];
}

/** What a person types for it in another terminal: `hoopx`, `npx hoopx`, or `node bin/run.js`. */
export function typedCommand({ script }: Program, cwd: string, searchPath: string): string {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  // npm and npx put these there for their own children only.
  const lasting = folders.filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')));
  const first = lasting
    .map((folder) => path.join(folder, 'hoopx'))
    .find((file) => existsSync(file));
  if (first !== undefined && isSame(first, script)) return 'hoopx';
  if (isSame(path.join(cwd, 'node_modules', '.bin', 'hoopx'), script)) return 'npx hoopx';
  const relative = path.relative(cwd, script);
  return `node ${shellWord(relative.startsWith('..') ? script : relative)}`;
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
