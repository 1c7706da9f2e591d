import { readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectPublishedForm } from '../recording/published-schema.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

describeWith(['postgres', 'psql'], 'recordings of PostgreSQL', () => {
  let system: RunningSystem;
  let port = 0;
  beforeAll(async () => {
    system = await startSystem({ recording: '{ folder: recordings, rows: 3 }' });
    await system.postgres.query('create table accounts (id int, owner text)');
    await system.postgres.query("insert into accounts values (1, 'ada'), (2, null)");
    port = (await system.connect('engineer')).port;
  });
  afterAll(async () => {
    await system.gateway.stop();
    await system[Symbol.asyncDispose]();
  });

  const recordings = () => path.join(system.folder, 'recordings');
  const psql = (sql: string) =>
    system.spawn('psql', ['-X', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'x', 'app', '-c', sql])
      .ended;

  test('a folder that is gone: no session begins, and psql is told why', async () => {
    await rename(recordings(), `${recordings()}-away`);
    const refused = await psql('select 1');
    await rename(`${recordings()}-away`, recordings());
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('the session cannot be recorded: the folder is gone');
    expect((await psql('select 1')).code).toBe(0);
  });

  test('what psql asked and got is played back, and not to others', async () => {
    expect((await psql('select * from accounts order by id')).code).toBe(0);
    const found = await system.run(
      'engineer',
      'sessions',
      'list',
      '--text',
      'FROM ACCOUNTS',
      '--json',
    );
    const { items } = JSON.parse(found.stdout);
    expect(items).toHaveLength(1);
    const { id } = items[0];
    expect(await readdir(path.join(recordings(), id))).toEqual(['meta.json', 'session.ndjson']);
    await expectPublishedForm(
      await readFile(path.join(recordings(), id, 'session.ndjson'), 'utf8'),
    );
    const shown = await system.run('engineer', 'sessions', 'replay', id);
    expect(shown.stdout).toContain('allow    select * from accounts order by id');
    expect(shown.stdout).toMatch(/SELECT 2, \d+ bytes\n +id │ owner\n +1 +│ ada\n +2 +│ NULL\n/);
    const other = await system.run('reviewer', 'sessions', 'replay', id);
    expect([other.code, other.stdout]).toEqual([64, '']);
    const watched = await system.run('reviewer', 'sessions', 'watch', id);
    expect([watched.code, watched.stdout]).toEqual([64, '']);
  });

  /** The only recording in which that was said, once its session is over. */
  async function saying(text: string) {
    let id = '';
    await expect
      .poll(async () => {
        const { items } = await system.client('engineer').listRecordings({ text });
        id = items[0]?.id ?? '';
        return items.map(({ state }) => state);
      })
      .toEqual(['ended']);
    const { stdout } = await system.run('engineer', 'sessions', 'export', id, '--json');
    await expectPublishedForm(stdout);
    const lines = stdout.trimEnd().split('\n');
    return { id, text: stdout, events: lines.map((line) => JSON.parse(line)) };
  }

  test('of a long answer: how much it was, and its first rows', async () => {
    await psql("select 'row ' || n as long_answer from generate_series(1, 500) n");
    const { id, events } = await saying('long_answer');
    const answer = events.find(({ type }) => type === 'answer');
    expect(answer).toMatchObject({
      ...{ tag: 'SELECT 500', columns: ['long_answer'] },
      rows: [['row 1'], ['row 2'], ['row 3']],
    });
    // 500 DataRow messages (protocol 3.0, 55.7) of 11 bytes and the text; a few others.
    const rows = Array.from({ length: 500 }, (_, index) => 11 + `row ${index + 1}`.length);
    const bytes = rows.reduce((sum, length) => sum + length, 0);
    expect(answer.bytes).toBeGreaterThanOrEqual(bytes);
    expect(answer.bytes).toBeLessThan(bytes + 200);
    const shown = await system.run('engineer', 'sessions', 'show', id);
    expect(shown.stdout).toMatch(new RegExp(`${id}[^]*engineer`));
    const cast = await system.run('engineer', 'sessions', 'export', id, '--cast');
    expect([cast.code, cast.stderr]).toEqual([64, expect.stringContaining('0 terminals')]);
  });

  test('of COPY, both ways: its bytes, and nothing of what was in it', async () => {
    const out = await psql("copy (select repeat('copied ', 1000)) to stdout");
    expect(out.stdout).toContain('copied copied');
    const there = await saying('copy (select');
    expect(there.events.find(({ type }) => type === 'answer')).toMatchObject({
      ...{ tag: 'COPY 1', rows: [], copied: 7001 },
    });
    expect(there.text).not.toContain('copied copied');
    const page = await system.run('engineer', 'sessions', 'export', there.id, '--html');
    expect(page.stdout).toContain('7001 bytes of COPY data');
    await system.postgres.query('create table bulk_recorded (line text)');
    const url = `postgres://x@127.0.0.1:${port}/app`;
    const load = ['-X', '-c', 'copy bulk_recorded from stdin', url];
    const back = await system.spawn('psql', load, { input: 'brought in\n'.repeat(100) }).ended;
    expect(back.stdout).toBe('COPY 100\n');
    const { events, text } = await saying('copy bulk_recorded');
    const answer = events.find(({ type }) => type === 'answer');
    expect(answer.tag).toBe('COPY 100');
    // What goes to the server is counted with the five bytes that head each CopyData.
    expect(answer.copied).toBeGreaterThanOrEqual(1100);
    expect(answer.copied).toBeLessThanOrEqual(1100 + 100 * 5);
    expect(text).not.toContain('brought in');
  });

  describe('a watch', () => {
    /** A psql that stays, and a watch of its session. */
    async function watched(word: string) {
      const url = `postgres://x@127.0.0.1:${port}/app`;
      const words = ['-X', '-c', `select '${word}'`, '-c', 'select pg_sleep(300)', url];
      const talking = system.spawn('psql', words);
      await talking.said(word);
      const { items } = await system.client('engineer').listSessions();
      const id = items.at(-1)?.id ?? '';
      const watch = await system.start('engineer', ['sessions', 'watch', id]);
      await watch.said(word);
      return { id, talking, watch };
    }

    test('shows what comes, and ends with a session that is killed, saying why', async () => {
      const { id, talking, watch } = await watched('watched-one');
      expect(watch.stdout()).toMatch(/allow +select 'watched-one'/);
      expect((await system.run('engineer', 'sessions', 'kill', id)).code).toBe(0);
      const { code, stdout } = await watch.ended;
      expect([code, stdout]).toEqual([0, expect.stringMatching(/ended: .*\n$/)]);
      await talking.ended;
    });

    test('leaves the session alone when it is left', async () => {
      const { id, talking, watch } = await watched('watched-two');
      watch.child.kill('SIGINT');
      expect((await watch.ended).code).toBe(0);
      const { items } = await system.client('engineer').listSessions();
      expect(items.map((each) => each.id)).toContain(id);
      await system.client('engineer').killSession(id);
      await talking.ended;
    });

    test('says that it was cut off when the gateway goes', async () => {
      const { watch } = await watched('watched-three');
      await system.gateway.kill9();
      const { code, stderr } = await watch.ended;
      expect([code, stderr]).toEqual([69, expect.stringContaining('gateway')]);
      await system.gateway.start();
    });
  });
});
