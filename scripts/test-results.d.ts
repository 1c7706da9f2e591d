export interface TestResults {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** `status` is vitest's exit code. */
export function readResults(file: string, suite: string, status: number): TestResults;
