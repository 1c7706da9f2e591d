/**
 * Makes a fresh clone ready: installs when the lock file changed, builds when a source did.
 * Imports nothing but Node itself, since there may be nothing else yet.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOfFiles } from './digest.js';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const buildInputs = [
  'src',
  'commands',
  'scripts/build.js',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

export function bootstrap() {
  requireNode();
  install();
  build();
}

function requireNode() {
  const wanted = [20, 19];
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return;
  fail(`Node ${wanted.join('.')} or later is needed; this is ${process.versions.node}.`);
}

function install() {
  const stamp = path.join(root, 'node_modules', '.hoopx-installed');
  const digest = digestOfFiles(root, ['package.json', 'package-lock.json', '.npmrc']);
  if (read(stamp) === digest) return;
  say('Installing dependencies (npm ci)…');
  // Development tools are needed whatever NODE_ENV says.
  run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], 'npm ci');
  writeFileSync(stamp, digest);
}

export function build() {
  const stamp = path.join(root, 'dist', '.hoopx-built');
  const digest = digestOfFiles(root, buildInputs);
  if (read(stamp) === digest) return;
  say('Building…');
  run(process.execPath, [path.join(root, 'scripts', 'build.js')], 'the build');
  writeFileSync(stamp, digest);
}

/** Its output goes to stderr: stdout belongs to the program that is started afterwards. */
function run(command, args, name) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${name} failed${error ? `: ${error.message}` : ''}.`);
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function say(message) {
  process.stderr.write(`hoopx: ${message}\n`);
}

function fail(message) {
  throw new BootstrapError(message);
}

/** The reader of the message can act on it; a stack trace would not help. */
export class BootstrapError extends Error {}
