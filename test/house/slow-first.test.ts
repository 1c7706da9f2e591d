import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { slow } from '../slow-first.ts';

it('every test file that is to begin first is there', () => {
  expect(slow.filter((file) => !existsSync(file))).toEqual([]);
});
