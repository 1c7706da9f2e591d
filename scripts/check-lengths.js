/** Fails for source files of more than 300 lines: one idea a file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filesBelow } from './digest.js';

const limit = 300;
const root = path.resolve(process.argv[2] ?? '.');

const files = ['src', 'commands'].flatMap((folder) => filesBelow(path.join(root, folder)));
const long = files
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > limit);

for (const { file, lines } of long) {
  console.error(`${path.relative(root, file)}: ${lines} lines, at most ${limit}`);
}
process.exitCode = long.length === 0 ? 0 : 1;
