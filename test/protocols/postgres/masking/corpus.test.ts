import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Masking, MaskStrategy } from '../../../../src/core/masking.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { startGated } from '../session/gated.ts';
import { attempts, settings } from './attempts.ts';
import { leaks } from './leaks.ts';
import { overExtended, overSimpleQuery } from './said.ts';
import { maskedColumns, zoo } from './zoo.ts';

const everything = {
  name: 'all',
  sql: {
    class: ['read', 'write', 'ddl', 'dcl', 'session', 'transaction', 'opaque', 'unknown'],
  },
  then: 'allow',
} as const;

function masking(strategy: MaskStrategy): Masking {
  const made = maskingOf([ruleWith({ columns: maskedColumns, strategy })]);
  if (made === null) throw new Error('nothing is masked');
  return made;
}

describeWith(['postgres', 'psql'], 'attempts at masked columns', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(zoo);
  });
  afterAll(() => peer.stop());

  test('without masking most of them show what is planted', async () => {
    await using gated = await startGated(peer, { rules: [everything] });
    const seen = await overSimpleQuery(gated.url, attempts.slice(0, 150));
    expect(seen.filter(({ bytes }) => leaks(bytes)).length).toBeGreaterThan(100);
    const kept = await overSimpleQuery(gated.url, settings);
    const shown = kept.filter(({ bytes }) => leaks(bytes)).map(({ sql }) => sql);
    expect(shown).toEqual(
      expect.arrayContaining(settings.filter((sql) => !/^(do|reset) /.test(sql))),
    );
  });

  test('none of them shows it to node-postgres in a simple Query', async () => {
    await using gated = await startGated(peer, { rules: [everything], masking: masking('redact') });
    const seen = await overSimpleQuery(gated.url, attempts);
    expect(seen.filter(({ bytes }) => leaks(bytes)).map(({ sql }) => sql)).toEqual([]);
  });

  for (const binary of [false, true]) {
    test(`nor in the extended protocol, ${binary ? 'binary' : 'text'}`, async () => {
      await using gated = await startGated(peer, { rules: [everything], masking: masking('null') });
      const seen = await overExtended(gated.url, attempts, binary);
      expect(seen.filter(({ bytes }) => leaks(bytes)).map(({ sql }) => sql)).toEqual([]);
    });
  }

  test('nor to psql, which describes and fetches in its own ways', async () => {
    await using gated = await startGated(peer, { rules: [everything], masking: masking('hash') });
    const script = path.join(tmpdir(), `hoopx-attempts-${process.pid}.sql`);
    await writeFile(
      script,
      attempts.flatMap((sql) => [`${sql};`, `${sql} \\gdesc`, `\\echo .`]).join('\n'),
    );
    for (const options of [[], ['-v', 'FETCH_COUNT=1']]) {
      const said = await psql([gated.url, ...options, '-f', script]);
      const lines = said.split('\n').filter((line) => leaks(Buffer.from(line)));
      expect(lines).toEqual([]);
    }
  }, 240_000);
});

function psql(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('psql', ['-X', ...args], { maxBuffer: 1 << 26 }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}
