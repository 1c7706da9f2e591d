import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Finding {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs one of the project's checks, `node_modules/.bin/NAME`, over a tree of only these files. */
export async function checkPlanted(
  files: Readonly<Record<string, string>>,
  settings: readonly string[],
  command: readonly [string, ...string[]],
): Promise<Finding> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hoopx-planted-'));
  try {
    for (const name of settings) cpSync(path.join(root, name), path.join(folder, name));
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    const [program, ...args] = command;
    const options = { cwd: folder, preferLocal: true, localDir: root, reject: false, all: true };
    const { exitCode, all } = await execa(program, args, options);
    return { exitCode: exitCode ?? -1, output: all ?? '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
