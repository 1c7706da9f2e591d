import { readFileSync } from 'node:fs';

/**
 * Names of tests by how they ended, from vitest's JSON report. A file that could not be
 * loaded, and an error outside every test, count as one failure each: they have no test.
 */
export function readResults(file, suite, status) {
  const report = read(file);
  if (report === null) return { passed: [], failed: [`${suite}: no report`], skipped: [] };
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (...states) =>
    tests.filter(({ status: state }) => states.includes(state)).map(({ fullName }) => fullName);
  const unloaded = report.testResults
    .filter(
      ({ status: state, assertionResults }) => state === 'failed' && assertionResults.length === 0,
    )
    .map(({ name }) => name);
  const failed = [...named('failed'), ...unloaded];
  const silent =
    status !== 0 && failed.length === 0 ? [`${suite}: an error outside every test`] : [];
  return {
    passed: named('passed'),
    failed: [...failed, ...silent],
    skipped: named('skipped', 'pending', 'todo', 'disabled'),
  };
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
