import { mkdtemp, symlink } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { runFolder } from './run-folder.ts';

const root = path.join(import.meta.dirname, '..');

/** A program of the tests as one file of JavaScript, which starts far sooner than its sources. */
export async function bundled(program: string): Promise<string> {
  const run = runFolder();
  if (run === null) throw new Error('there is no test run');
  const folder = await mkdtemp(path.join(run, 'program-'));
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const outfile = path.join(folder, 'program.mjs');
  await build({
    ...{ entryPoints: [program], outfile, bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'esm', target: 'node20.19', jsx: 'automatic' },
    ...{ sourcemap: 'inline', logLevel: 'warning' },
  });
  return outfile;
}
