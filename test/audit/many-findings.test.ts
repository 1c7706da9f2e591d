import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LivedLog, livedLog } from './lived-log.ts';

const many = 200_000;
let log: LivedLog;
beforeAll(async () => {
  log = await livedLog();
}, 120_000);
afterAll(() => log[Symbol.asyncDispose]());

it('more findings of recordings than fit on a stack are all told', async () => {
  const problem = { session: 'ses_1', file: null, problem: 'missing' } as const;
  const lists = { inBucket: [], open: [], recovered: [], brokenOff: [], uncovered: [] };
  const check = {
    ...lists,
    folder: '',
    intact: 0,
    removed: 0,
    problems: Array(many).fill(problem),
  };
  const { verdict, findings } = await log.verify({}, { recordings: async () => check });
  expect([verdict, findings.length]).toEqual(['gap', many]);
});
