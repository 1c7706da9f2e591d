/** `npm test`: set-up, every static check, every test, the packed program; one summary line. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BootstrapError, bootstrap, root } from './bootstrap.js';
import { readResults } from './test-results.js';

/** Each counts as one test; they run side by side. */
const checks = [
  ['types', 'tsc', '--noEmit', '-p', '.'],
  ['lint', 'biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.'],
  [
    'imports',
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    'src',
    'commands',
    'test',
    'bench',
  ],
  ['dead code', 'knip', '--no-progress'],
  ['file lengths', 'node', 'scripts/check-lengths.js'],
  ['command manifest', 'node', 'scripts/manifest.js', '--check'],
  ['command reference', 'node', 'scripts/command-reference.js', '--check'],
];

/** In this order; what is packed is what the others have tested. */
const suites = [['unit', 'peers'], ['packed']];

const strict = process.env.HOOPX_REQUIRE_PEERS === '1';

process.exitCode = await main();

async function main() {
  try {
    bootstrap();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(`hoopx: ${error.message}`);
    return summarise([{ passed: [], failed: ['set-up'], skipped: [] }]);
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'hoopx-test-'));
  try {
    return summarise([
      ...(await runChecks()),
      ...suites.map((projects) => runSuite(projects, path.join(folder, `${projects[0]}.json`))),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What they say is told in their order, each by itself. */
async function runChecks() {
  const running = checks.map(([name, ...command]) => ({ name, ended: runQuietly(command) }));
  const results = [];
  for (const { name, ended } of running) {
    const { status, said } = await ended;
    process.stdout.write(`\n== ${name}\n${said}`);
    results.push({
      passed: status === 0 ? [name] : [],
      failed: status === 0 ? [] : [name],
      skipped: [],
    });
  }
  return results;
}

function runQuietly([program, ...args]) {
  const child = spawn(pathOf(program), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: 1, said: `${said}${error.message}\n` }));
    child.once('close', (status) => resolve({ status: status ?? 1, said }));
  });
}

function runSuite(projects, file) {
  console.log(`\n== tests: ${projects.join(', ')}`);
  const chosen = projects.flatMap((name) => ['--project', name]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const status = run(['vitest', 'run', ...chosen, ...reporters]);
  return readResults(file, projects.join(', '), status);
}

function run([program, ...args]) {
  const { status, error } = spawnSync(pathOf(program), args, { cwd: root, stdio: 'inherit' });
  if (error) console.error(error.message);
  return status ?? 1;
}

function pathOf(program) {
  if (program === 'node') return process.execPath;
  return path.join(root, 'node_modules', '.bin', program);
}

/** Where nothing may be missing, a skipped test is a failed one. */
function summarise(results) {
  const passed = results.flatMap((result) => result.passed);
  const skipped = results.flatMap((result) => result.skipped);
  const failed = [...results.flatMap((result) => result.failed), ...(strict ? skipped : [])];
  console.log('');
  for (const name of failed) console.log(`failed: ${name}`);
  if (!strict) for (const name of missingPeers(skipped)) console.log(`not installed: ${name}`);
  const tail = strict || skipped.length === 0 ? '' : `, ${skipped.length} skipped`;
  console.log(`${passed.length} passed, ${failed.length} failed${tail}`);
  return failed.length === 0 ? 0 : 1;
}

function missingPeers(skipped) {
  const names = skipped.flatMap((name) => /\(needs ([^)]*)\)/.exec(name)?.[1]?.split(', ') ?? []);
  return [...new Set(names)].sort();
}
