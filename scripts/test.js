/** `npm test`: set-up, every static check, every test, the packed program; one summary line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BootstrapError, bootstrap, root } from './bootstrap.js';
import { readResults } from './test-results.js';

/** Each counts as one test. */
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

process.exitCode = main();

function main() {
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
      ...checks.map(runCheck),
      ...suites.map((projects) => runSuite(projects, path.join(folder, `${projects[0]}.json`))),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runCheck([name, ...command]) {
  console.log(`\n== ${name}`);
  return run(command) === 0
    ? { passed: [name], failed: [], skipped: [] }
    : { passed: [], failed: [name], skipped: [] };
}

function runSuite(projects, file) {
  console.log(`\n== tests: ${projects.join(', ')}`);
  const chosen = projects.flatMap((name) => ['--project', name]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const status = run(['vitest', 'run', ...chosen, ...reporters]);
  return readResults(file, projects.join(', '), status);
}

function run([program, ...args]) {
  const bin = path.join(root, 'node_modules', '.bin');
  const command = program === 'node' ? process.execPath : path.join(bin, program);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) console.error(error.message);
  return status ?? 1;
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
