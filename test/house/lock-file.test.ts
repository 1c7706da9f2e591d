import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ resolved: z.string().optional(), optionalDependencies: names }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')));

test('the lock file names no registry', () => {
  const addressed = Object.entries(lock.packages).filter(([, { resolved }]) => resolved);
  expect(addressed).toEqual([]);
});

test('the lock file has the optional packages of every platform: npm ci refuses less', () => {
  const locked = Object.keys(lock.packages);
  const wanted = Object.values(lock.packages).flatMap(({ optionalDependencies }) =>
    Object.keys(optionalDependencies),
  );
  const missing = wanted.filter(
    (name) => !locked.some((key) => key.endsWith(`node_modules/${name}`)),
  );
  expect(missing).toEqual([]);
});
