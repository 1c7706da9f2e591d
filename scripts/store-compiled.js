/**
 * Stores the byte code of what every command loads, as it is after one command has got as far
 * as its first connection: functions that a start calls are compiled, the others are not.
 * Run by the build, in a process of its own.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');
const require = createRequire(import.meta.url);
const { compiledFile, hotFile, requireCompiled } = require('../bin/compiled.js');

const file = compiledFile(dist);
const script = requireCompiled(hotFile(dist), file);
process.once('exit', () => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, script.createCachedData());
  renameSync(`${file}.new`, file);
});

const about = path.join(root, 'package.json');
const gateway = ['--gateway', 'https://127.0.0.1:1'];
// No JWT is in there: so it ends.
const command = ['exec', 'none', 'select 1', ...gateway, '--token-file', about];
await require('../dist/main.js').main(command, root, JSON.parse(readFileSync(about, 'utf8')));
