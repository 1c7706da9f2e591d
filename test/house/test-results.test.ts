import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readResults } from '../../scripts/test-results.js';

const folder = mkdtempSync(path.join(tmpdir(), 'hoopx-results-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function results(files: object[], status: number) {
  const file = path.join(folder, 'report.json');
  writeFileSync(file, JSON.stringify({ testResults: files }));
  return readResults(file, 'unit', status);
}

const passing = { status: 'passed', fullName: 'it works' };

test('a missing report is a failure', () => {
  const { failed } = readResults(path.join(folder, 'none.json'), 'unit', 0);
  expect(failed).toEqual(['unit: no report']);
});

test('a file that could not be loaded is a failure', () => {
  const broken = { name: 'broken.test.ts', status: 'failed', assertionResults: [] };
  expect(results([broken], 1).failed).toEqual(['broken.test.ts']);
});

test('an error outside every test is a failure', () => {
  const { passed, failed } = results([{ status: 'passed', assertionResults: [passing] }], 1);
  expect(passed).toEqual(['it works']);
  expect(failed).toEqual(['unit: an error outside every test']);
});

test('passed, failed and skipped tests are told apart', () => {
  const assertionResults = [
    passing,
    { status: 'failed', fullName: 'it fails' },
    { status: 'skipped', fullName: 'psql (needs psql) waits' },
    { status: 'todo', fullName: 'later' },
  ];
  expect(results([{ status: 'failed', assertionResults }], 1)).toEqual({
    passed: ['it works'],
    failed: ['it fails'],
    skipped: ['psql (needs psql) waits', 'later'],
  });
});
