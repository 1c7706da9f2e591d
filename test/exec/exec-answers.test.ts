import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { type ExecBench, startExecBench } from './exec-bench.ts';
import { refill } from './exec-setting.ts';

describeWith(['postgres'], 'what exec prints of what ran', () => {
  let bench: ExecBench;
  let folder: string;

  beforeAll(async () => {
    bench = await startExecBench();
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-exec-'));
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  beforeEach(() => refill(bench));

  it('runs a read at once: JSON with its own types, everything else as text', async () => {
    const { code, result } = await bench.ask(
      'engineer',
      `select 1 i, 9007199254740993::int8 b, 1.50::numeric n, true t, null::text z, '{"a":[1]}'::jsonb j,
       '{"a":12345678901234567890}'::jsonb l, 'NaN'::float8 f, 'é😀' u, '2026-01-02'::date d`,
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({
      status: 'succeeded',
      final: true,
      source: 'child',
      child: { exitCode: 0 },
      action: { connection: 'pg-test' },
    });
    expect(result.result).toEqual({
      columns: ['i', 'b', 'n', 't', 'z', 'j', 'l', 'f', 'u', 'd'],
      rows: [
        [
          ...[1, '9007199254740993', '1.50', true, null, { a: [1] }],
          ...['{"a": 12345678901234567890}', 'NaN', 'é😀', '2026-01-02'],
        ],
      ],
      rowCount: 1,
      truncated: false,
    });
  });

  it("reports the target's own error: 1, from the child", async () => {
    const { code, result } = await bench.ask('engineer', 'select * from nowhere');
    expect(code).toBe(1);
    expect(result).toMatchObject({
      status: 'failed',
      source: 'child',
      child: { exitCode: 1, sqlstate: '42P01' },
    });
    const told = await bench.exec('engineer', 'select * from nowhere');
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.talk).toContain('ERROR 42P01: relation "nowhere" does not exist');
  });

  it('reads a file and several statements, prints tables, and CSV by RFC 4180', async () => {
    const file = path.join(folder, 'three.sql');
    await writeFile(
      file,
      `select 1 as a, null as b;\nselect 'x,"y"\n z' as "q,", '' as e, null as n`,
    );
    const table = await bench.exec('engineer', [], { file });
    expect(table).toMatchObject({ code: 0, talk: '' });
    expect(table.stdout).toMatch(/ a \| b\n---\+---\n 1 \|\n\(1 row\)\n/);
    const csv = await bench.exec('engineer', [], { file, csv: true });
    expect(csv.stdout).toBe('"q,",e,n\r\n"x,""y""\n z","",\r\n');
  });

  it('lets nothing from the target move the cursor', async () => {
    const { stdout, talk } = await bench.exec(
      'engineer',
      "select E'\\x1b[2J\\x1b]0;x\\x07' as bad, U&'\\202E' as bidi, E'a\\tb\\nc' as white",
    );
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u202e');
    expect(stdout).toContain('\\u{1b}[2J');
    expect(stdout).toContain('a\\tb\\nc');
    expect(talk).toBe('');
    const failing = await bench.exec('engineer', 'select "\u001b[31m"');
    expect(failing.talk).not.toContain('\u001b');
  });

  it('keeps --max-rows of a large result, and says that there were more', async () => {
    const sql = 'select g, g * 2 from generate_series(1, 300000) g';
    const { result } = await bench.ask('engineer', sql, { 'max-rows': 3 });
    expect(result.result).toMatchObject({ rowCount: 300_000, truncated: true });
    expect(result.result?.rows).toHaveLength(3);
    const csv = await bench.exec('engineer', sql, { 'max-rows': 2, csv: true });
    expect(csv.stdout.split('\r\n')).toHaveLength(4);
    expect(csv.talk).toContain('--max-rows');
  });

  it('writes COPY TO STDOUT to stdout as it comes', async () => {
    const sql = 'copy (select g from generate_series(1, 3) g) to stdout';
    expect(await bench.exec('engineer', sql)).toMatchObject({
      code: 0,
      stdout: '1\n2\n3\nCOPY 3\n',
    });
  });
});
