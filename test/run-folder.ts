import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clusterIn } from '../src/demo/postgres/cluster.ts';
import { reapWhenGone } from '../src/demo/postgres/reaper.ts';

const variable = 'HOOPX_TEST_RUN';

/** A folder for what one test run makes but once; null outside of one. */
export function runFolder(): string | null {
  return process.env[variable] ?? null;
}

/** Before any test, once for each project of vitest; the folder goes with this process. */
export function setup(): void {
  if (runFolder() !== null) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'hoopx-run-'));
  // PostgreSQL's account makes its data there.
  chmodSync(folder, 0o755);
  reapWhenGone(clusterIn(folder), [folder]);
  process.env[variable] = folder;
}
