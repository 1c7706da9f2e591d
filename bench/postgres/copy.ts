import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PostgresPeer } from '../../test/peers/postgres.ts';
import type { Route } from './route.ts';

const rows = 750_000;
const row = 'x'.repeat(199);

export const copyBytes = rows * (row.length + 1);

/** How psql moves `copyBytes`, out of the server and in. */
export interface Copying {
  readonly name: string;
  readonly args: readonly string[];
}

export async function copyings(folder: string): Promise<readonly Copying[]> {
  const file = path.join(folder, 'rows.txt');
  await writeFile(file, `${row}\n`.repeat(rows));
  const select = `select repeat('x', ${row.length}) from generate_series(1, ${rows})`;
  return [
    { name: 'COPY out', args: ['-c', `copy (${select}) to stdout`] },
    {
      name: 'COPY in',
      args: ['-c', 'create temp table sink (line text)', '-c', `\\copy sink from ${file}`],
    },
  ];
}

/** Seconds. */
export async function copy(
  postgres: PostgresPeer,
  route: Route,
  { name, args }: Copying,
): Promise<number> {
  const where = ['-h', '127.0.0.1', '-p', `${route.port}`, '-U', postgres.user];
  const env = { ...process.env, PGPASSWORD: postgres.password, PGSSLMODE: 'disable' };
  const started = performance.now();
  const child = spawn('psql', ['-X', '-q', ...where, '-d', postgres.database, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${route.name}, ${name}: psql ended with ${code}`);
  return (performance.now() - started) / 1000;
}
