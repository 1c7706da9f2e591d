import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/slow-first.ts';

/** Test machines are shared and slow: a limit only ends what hangs. */
const patience = {
  testTimeout: 60_000,
  hookTimeout: 90_000,
  teardownTimeout: 30_000,
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    pool: 'forks',
    // Much of the time is waiting, so two cores carry a third.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    globalSetup: ['scripts/build-before-tests.js', 'test/run-folder.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/peers/**', 'test/packed/**'],
          ...patience,
        },
      },
      {
        extends: true,
        test: {
          name: 'peers',
          include: ['test/peers/**/*.test.{ts,tsx}'],
          exclude: ['test/peers/packed.test.ts'],
          ...patience,
        },
      },
      {
        extends: true,
        test: { name: 'packed', include: ['test/peers/packed.test.ts'], ...patience },
      },
    ],
  },
});
