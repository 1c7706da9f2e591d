import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from './gated.ts';

let peer: PostgresPeer;
let gated: Gated;
let folder: string;

const permissive: readonly RuleSpec[] = [
  {
    name: 'all but drops',
    sql: { class: ['read', 'write', 'ddl', 'session', 'transaction'] },
    then: 'allow',
  },
  { name: 'no drops', sql: { statements: ['drop_table'] }, then: 'deny', message: 'no drops here' },
  { name: 'held', sql: { relations: ['guarded'] }, then: 'review', chain: 'dba' },
];

interface End {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(name: string, ...args: string[]): Promise<End> {
  return new Promise((resolve) => {
    const env = { ...process.env, PGCONNECT_TIMEOUT: '20' };
    execFile(name, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const psql = (...args: string[]) => command('psql', '-X', '-At', gated.url, ...args);

async function script(text: string): Promise<string> {
  const file = path.join(folder, 'script.sql');
  await writeFile(file, text);
  return file;
}

async function column(sql: string): Promise<unknown[]> {
  return (await peer.query(sql)).map((row) => Object.values(row)[0]);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describeWith(['postgres', 'psql'], 'pitfall 12: clients as people use them', () => {
  beforeAll(async () => {
    peer = await startPostgres();
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-clients-'));
    await peer.query('CREATE TABLE things (id int PRIMARY KEY, data text)');
    await peer.query('CREATE TABLE guarded (id int)');
    gated = await startGated(peer, { rules: permissive });
  }, 60_000);

  beforeEach(async () => {
    await peer.query('TRUNCATE things, guarded');
  });

  afterAll(async () => {
    await gated?.[Symbol.asyncDispose]();
    await peer?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('psql -1 -f: a refusal in the middle leaves nothing of the file', async () => {
    const file = await script(
      'INSERT INTO things VALUES (1);\nDROP TABLE things;\nINSERT INTO things VALUES (2);\n',
    );
    const end = await psql('-1', '-v', 'ON_ERROR_STOP=1', '-f', file);
    expect(end.code).toBe(3);
    expect(end.stderr).toContain('hoopx: no drops here');
    expect(await column('SELECT id FROM things')).toEqual([]);
    await psql('-1', '-f', file);
    expect(await column('SELECT id FROM things')).toEqual([]);
  });

  it('psql -c with several statements is refused as one', async () => {
    const end = await psql('-c', 'INSERT INTO things VALUES (1); DROP TABLE things');
    expect(end.code).toBe(1);
    expect(await column('SELECT id FROM things')).toEqual([]);
  });

  it('psql: a script with savepoints, cursors, notices, notifications and meta-commands', async () => {
    const file = await script(`
BEGIN;
SAVEPOINT s;
SELECT 1/0;
ROLLBACK TO s;
INSERT INTO things VALUES (1, 'é€😀');
DECLARE c CURSOR FOR SELECT data FROM things;
FETCH ALL FROM c;
COMMIT;
LISTEN ch;
NOTIFY ch, 'hello';
SELECT 40 + 2 AS n \\gdesc
SELECT 'it''s' \\g
SELECT 'select ' || g FROM generate_series(1, 2) g \\gexec
\\d things
`);
    const end = await psql('-f', file);
    for (const text of ['é€😀', 'n|integer', "it's", 'hello', 'id|integer']) {
      expect(end.stdout + end.stderr).toContain(text);
    }
    expect(end.stderr).not.toContain('hoopx:');
  });

  it('psql \\copy carries the same bytes in and out', async () => {
    const inFile = path.join(folder, 'in.tsv');
    const outFile = path.join(folder, 'out.tsv');
    const lines = Array.from(
      { length: 20_000 },
      (_, id) => `${id}\t${randomBytes(60).toString('base64')}\n`,
    );
    await writeFile(inFile, lines.join(''));
    const end = await psql(
      '-c',
      `\\copy things FROM '${inFile}'`,
      '-c',
      `\\copy (SELECT * FROM things ORDER BY id) TO '${outFile}'`,
    );
    expect(end.stdout).toBe('COPY 20000\nCOPY 20000\n');
    expect(digest(await readFile(outFile))).toBe(digest(await readFile(inFile)));
    const broken = await psql('-c', `\\copy things FROM '${inFile}'`, '-c', 'SELECT 5');
    expect(broken.stderr).toContain('duplicate key');
    expect(broken.stdout).toBe('5\n');
  });

  it('psql: COPY data inside a script, and a COPY that is refused with its data unread', async () => {
    const file = await script('COPY things FROM STDIN;\n7\tx\n\\.\nSELECT count(*) FROM things;\n');
    expect((await psql('-f', file)).stdout).toBe('COPY 1\n1\n');
    const data = path.join(folder, 'guarded.tsv');
    await writeFile(data, '7\n');
    const ended = psql('-c', `\\copy guarded FROM '${data}'`, '-c', 'SELECT 6');
    const request = await gated.held();
    expect(request.presentation.inputNotReviewed).toBe('COPY data');
    await gated.deny('no');
    const { stdout, stderr } = await ended;
    expect(stderr).toContain('denied by reviewer');
    expect(stdout).toContain('6');
    expect(await column('SELECT id FROM guarded')).toEqual([]);
  });

  it('node-postgres: named statements, NULL, binary values, errors and a pipeline of queries', async () => {
    const client = new pg.Client({ connectionString: gated.url, ssl: false });
    await client.connect();
    const text = 'INSERT INTO things VALUES ($1, $2) RETURNING data';
    for (const [id, data] of [
      [1, null],
      [2, 'zwei'],
    ] as const) {
      const { rows } = await client.query({ name: 'ins', text, values: [id, data] });
      expect(rows).toEqual([{ data }]);
    }
    await expect(client.query({ name: 'ins', text, values: [2, 'x'] })).rejects.toMatchObject({
      code: '23505',
    });
    await expect(client.query('SELEKT 1')).rejects.toMatchObject({ code: '42601' });
    await expect(client.query('DROP TABLE things', [])).rejects.toMatchObject({ code: '42501' });
    const bytes = randomBytes(300_000);
    const { rows } = await client.query('SELECT $1::bytea AS b', [bytes]);
    expect(rows[0].b.equals(bytes)).toBe(true);
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.query('SELECT $1::int AS n', [n])),
    );
    expect(many.map((result) => result.rows[0].n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await client.end();
  });

  it('node-postgres: a row limit is followed through suspended portals', async () => {
    const client = new pg.Client({ connectionString: gated.url, ssl: false });
    await client.connect();
    const config = { text: 'SELECT g FROM generate_series(1, 1000) g', rows: 10, values: [] };
    const { rows } = await client.query(config);
    expect(rows).toHaveLength(1000);
    await client.end();
  });

  it('postgres.js: pipelines, prepared statements, transactions, cursors and COPY streams', async () => {
    const sql = postgres(gated.url, { max: 1, ssl: false, onnotice: () => {} });
    const many = await Promise.all(
      Array.from({ length: 30 }, (_, n) => sql`SELECT ${n}::int AS n`),
    );
    expect(many.map((rows) => rows[0]?.n)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    await expect(
      sql.begin(async (inside) => {
        await inside`INSERT INTO things VALUES (1, ${'a'})`;
        await inside`DROP TABLE things`;
      }),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await column('SELECT id FROM things')).toEqual([]);
    expect(await sql.unsafe('SELECT 1 AS a; SELECT 2 AS b')).toHaveLength(2);
    const seen: number[] = [];
    await sql`SELECT g FROM generate_series(1, 95) g`.cursor(10, async (rows) => {
      for (const row of rows) seen.push(row.g);
    });
    expect(seen).toHaveLength(95);
    const data = Array.from(
      { length: 5000 },
      (_, id) => `${id}\t${randomBytes(50).toString('hex')}\n`,
    );
    await pipeline(Readable.from(data), await sql`COPY things FROM STDIN`.writable());
    const out: Buffer[] = [];
    for await (const chunk of await sql`COPY (SELECT * FROM things ORDER BY id) TO STDOUT`.readable()) {
      out.push(chunk);
    }
    expect(Buffer.concat(out).toString()).toBe(data.join(''));
    // After readable() this driver leaves the next query waiting, with a server directly too.
    await sql.end({ timeout: 1 });
  });

  it('postgres.js: a held statement in a pipeline waits, its neighbours keep their order', async () => {
    const sql = postgres(gated.url, { max: 1, ssl: false, onnotice: () => {} });
    const before = sql`SELECT 1 AS n`;
    const held = sql`INSERT INTO guarded VALUES (${7})`;
    const after = sql`SELECT 2 AS n`;
    const all = Promise.all([before, held, after]);
    await gated.approve();
    const [first, second, third] = await all;
    expect([first[0]?.n, second.count, third[0]?.n]).toEqual([1, 1, 2]);
    await sql.end();
  });

  for (const mode of ['simple', 'extended', 'prepared']) {
    it(`pgbench -M ${mode}: TPC-B and -S without a failure`, async () => {
      const prepared = await command('pgbench', '-i', '-q', '-s', '1', peer.url);
      expect(prepared.code).toBe(0);
      for (const script of [['-S'], []]) {
        const args = ['-n', '-M', mode, '-c', '3', '-t', '40', ...script, gated.url];
        const end = await command('pgbench', ...args);
        expect(end.stderr).toBe(end.stderr.replace(/error|ERROR|aborted/, ''));
        expect(end.stdout).toContain('number of transactions actually processed: 120/120');
      }
      expect(await column('SELECT count(*)::int FROM pgbench_history')).toEqual([120]);
    });
  }
});
