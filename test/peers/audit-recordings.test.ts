import { appendFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeWith } from './require-peer.ts';
import type { RunningSystem } from './running-system.ts';
import { type SshSystem, startSshSystem } from './ssh-system.ts';

const faults = fileURLToPath(new URL('fault-points.mjs', import.meta.url));
const verification = z.object({
  findings: z.array(z.object({ kind: z.string(), problem: z.string() })),
  recordings: z.object({
    ...{ intact: z.number(), removed: z.number() },
    problems: z.array(
      z.object({ session: z.string(), file: z.string().nullable(), problem: z.string() }),
    ),
    ...{
      open: z.array(z.string()),
      recovered: z.array(z.string()),
      brokenOff: z.array(z.string()),
    },
  }),
});

describeWith(['postgres', 'psql', 'sshd', 'ssh'], 'recordings held against the audit log', () => {
  let ssh: SshSystem;
  let system: RunningSystem;
  let config = '';
  let copies = 0;
  beforeAll(async () => {
    ssh = await startSshSystem({
      rules: [
        '{ name: commands pass, ssh: { kind: [exec, shell], class: [plain, opaque] }, then: allow }',
      ],
    });
    system = ssh.system;
    config = path.join(system.folder, 'hoopx.gateway.yaml');
  }, 120_000);
  afterAll(() => ssh?.[Symbol.asyncDispose]());

  const recordings = (...names: string[]) => path.join(system.folder, 'recordings', ...names);
  const log = () => path.join(system.folder, 'hoopx.db-audit');

  async function psql(sql: string) {
    const { port, child } = await system.connect('engineer');
    const ran = await system.spawn('psql', ['-X', '-c', sql, `postgres://x@127.0.0.1:${port}/app`])
      .ended;
    child.kill();
    return ran;
  }

  async function newest() {
    return (await system.client('engineer').listRecordings({ limit: 1 })).items[0]?.id ?? '';
  }

  async function configure(from: string, to: string): Promise<void> {
    await system.gateway.stop();
    await writeFile(config, (await readFile(config, 'utf8')).replace(from, to));
    await system.gateway.start();
  }

  async function verify(folder = recordings()) {
    const args = ['audit', 'verify', log(), '--recordings', folder];
    const ran = await system.run('engineer', ...args, '--json');
    const { stdout } = await system.run('engineer', ...args);
    return { code: ran.code, said: stdout, ...verification.parse(JSON.parse(ran.stdout)) };
  }

  /** What verify says of a copy of all recordings, in which that was done. */
  async function verifyAfter(change: (at: (...names: string[]) => string) => Promise<unknown>) {
    copies += 1;
    const copy = path.join(system.folder, `copy-${copies}`);
    await cp(recordings(), copy, { recursive: true });
    await change((...names) => path.join(copy, ...names));
    const { code, said, recordings: found } = await verify(copy);
    return { code, said, problems: found.problems };
  }

  async function flip(file: string): Promise<void> {
    const bytes = await readFile(file);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(file, bytes);
  }

  describe('of psql and ssh, in the clear and encrypted', () => {
    let sql = '';
    let terminal = '';
    let sealed = '';
    beforeAll(async () => {
      expect((await psql("select 'plain'")).code).toBe(0);
      sql = await newest();
      const shown = await ssh.run('ssh', ['-F', ssh.config, '-tt', 'host', 'echo shown']).ended;
      expect(shown.stdout).toContain('shown');
      terminal = await newest();
      const recipient = await identityToRecipient(await generateIdentity());
      const keys = (words: string) => `recording: { folder: recordings${words} }`;
      await configure(keys(''), keys(`, recipients: [${recipient}]`));
      expect((await psql("select 'sealed'")).code).toBe(0);
      sealed = await newest();
      await configure(keys(`, recipients: [${recipient}]`), keys(''));
      await system.gateway.stop();
    }, 120_000);
    afterAll(() => system.gateway.start());

    test('a byte that was changed in any file, a file cut short or replaced: tampered, named', async () => {
      for (const [session, file] of [
        [sql, 'session.ndjson'],
        [sql, 'meta.json'],
        [terminal, 'terminal-1.cast'],
        [sealed, 'session.ndjson.sealed'],
      ] as const) {
        const found = await verifyAfter((at) => flip(at(session, file)));
        expect(found).toMatchObject({ code: 1, problems: [{ session, file, problem: 'changed' }] });
        expect(found.said).toMatch(new RegExp(`^TAMPERED .*${file} of ${session} was changed`));
      }
      const cut = await verifyAfter(async (at) => {
        const file = at(terminal, 'terminal-1.cast');
        await writeFile(file, (await readFile(file)).subarray(0, -20));
      });
      expect(cut).toMatchObject({ code: 1, problems: [{ session: terminal, problem: 'changed' }] });
      const longer = await verifyAfter((at) => appendFile(at(sql, 'session.ndjson'), '{}\n'));
      expect(longer).toMatchObject({ code: 1, problems: [{ session: sql, problem: 'changed' }] });
      const pipe = await verifyAfter(async (at) => {
        await rm(at(sql, 'session.ndjson'));
        await system.spawn('mkfifo', [at(sql, 'session.ndjson')]).ended;
      });
      expect(pipe).toMatchObject({ code: 1, problems: [{ session: sql, problem: 'changed' }] });
    }, 120_000);

    test('a recording, or a file of it, that is gone although nothing says so: a gap', async () => {
      const all = await verifyAfter((at) => rm(at(sql), { recursive: true }));
      expect(all).toMatchObject({
        code: 3,
        problems: [{ session: sql, file: null, problem: 'missing' }],
      });
      expect(all.said).toMatch(new RegExp(`^GAP in .*the recording of ${sql} is missing`));
      for (const file of ['meta.json', 'terminal-1.cast']) {
        const one = await verifyAfter((at) => rm(at(terminal, file)));
        expect(one).toMatchObject({
          code: 3,
          problems: [{ session: terminal, file, problem: 'missing' }],
        });
      }
    }, 60_000);

    test('two that were swapped, and any that was added: tampered', async () => {
      const swapped = await verifyAfter(async (at) => {
        await rename(at(sql), at('aside'));
        await rename(at(terminal), at(sql));
        await rename(at('aside'), at(terminal));
      });
      expect(swapped.code).toBe(1);
      expect(new Set(swapped.problems.map(({ session }) => session))).toEqual(
        new Set([sql, terminal]),
      );
      const session = 'ses_00000000-0000-4000-8000-000000000000';
      const extra = await verifyAfter((at) => cp(at(sql), at(session), { recursive: true }));
      expect(extra).toMatchObject({
        code: 1,
        problems: [{ session, file: null, problem: 'unknown' }],
      });
      const file = 'terminal-2.cast';
      const more = await verifyAfter((at) =>
        cp(at(terminal, 'terminal-1.cast'), at(terminal, file)),
      );
      expect(more).toMatchObject({
        code: 1,
        problems: [{ session: terminal, file, problem: 'added' }],
      });
    }, 60_000);

    test('as they were recorded: nothing, also where they were copied to', async () => {
      const found = await verifyAfter(async () => {});
      expect(found).toMatchObject({ code: 2, problems: [] });
      expect(found.said).toMatch(/^INTACT .*\n.*\n +recordings in .*: 3 as recorded, 0 removed/);
      const none = await system.run('engineer', 'audit', 'verify', log(), '--recordings', '/none');
      expect([none.code, none.stdout]).toEqual([64, '']);
    }, 60_000);
  });

  test('killed before its record: the next start writes it, from what lies there', async () => {
    await system.gateway.stop();
    const before = await verify();
    await system.gateway.start({
      FAULT_POINT: 'recording closed',
      NODE_OPTIONS: `--import=${faults}`,
    });
    // The files of the log come up to a second behind.
    await psql("select 'cut' from pg_sleep(2)");
    expect(await system.gateway.ended()).toMatchObject({ code: null });
    const cut = await verify();
    expect([cut.code, cut.recordings.open.length]).toEqual([2, 1]);
    const [session = ''] = cut.recordings.open;
    await system.gateway.start();
    await system.gateway.stop();
    const after = await verify();
    expect([after.code, after.recordings.open]).toEqual([2, []]);
    expect(after.recordings.recovered).toEqual([session]);
    expect(after.recordings.intact).toBe(before.recordings.intact + 1);
    expect(after.said).toContain(
      `cut off, and taken as it lay there at the next start:\n    ${session}`,
    );
    const changed = await verifyAfter((at) => flip(at(session, 'session.ndjson')));
    expect(changed).toMatchObject({ code: 1, problems: [{ session, problem: 'changed' }] });
    await system.gateway.start();
  }, 120_000);

  test('that cannot be written as their session ends: it is later, by this gateway or the next', async () => {
    const { port, child } = await system.connect('engineer');
    const url = `postgres://x@127.0.0.1:${port}/app`;
    const ended = async () => {
      const talking = system.spawn('psql', [
        '-X',
        '-c',
        "select 'here'",
        '-c',
        'select pg_sleep(2)',
        url,
      ]);
      await talking.said('here');
      const other = new Database(path.join(system.folder, 'hoopx.db'));
      other.exec('begin immediate');
      await talking.ended;
      return { session: await newest(), other };
    };
    const waits = await ended();
    await expect
      .poll(() => system.gateway.log(), { timeout: 20_000 })
      .toContain('the audit log cannot be written');
    waits.other.exec('rollback');
    waits.other.close();
    const closed = async () => {
      const text = await readFile(path.join(log(), 'records-000000000001.jsonl'), 'utf8');
      return text
        .split('\n')
        .filter((line) => line.includes('recording_closed'))
        .join('\n');
    };
    await expect.poll(closed, { timeout: 20_000 }).toContain(waits.session);
    const lost = await ended();
    await system.gateway.kill9();
    lost.other.exec('rollback');
    lost.other.close();
    expect(await closed()).not.toContain(lost.session);
    await system.gateway.start();
    await system.gateway.stop();
    const { code, recordings: found } = await verify();
    expect([code, found.open]).toEqual([2, []]);
    expect(found.recovered).toContain(lost.session);
    expect(found.recovered).not.toContain(waits.session);
    child.kill();
    await system.gateway.start();
  }, 120_000);

  test('on a folder that is gone, where that is optional: told as not recorded', async () => {
    await configure('type: postgres', 'type: postgres\n    recording: optional');
    const { port, child } = await system.connect('engineer');
    await rename(recordings(), `${recordings()}-away`);
    const url = `postgres://x@127.0.0.1:${port}/app`;
    expect((await system.spawn('psql', ['-X', '-c', 'select 1', url]).ended).code).toBe(0);
    await rename(`${recordings()}-away`, recordings());
    child.kill();
    await system.gateway.stop();
    const { code, recordings: found } = await verify();
    expect([code, found.brokenOff.length]).toEqual([2, 1]);
    await system.gateway.start();
  }, 60_000);

  test('removed by retention: the log says so, and nothing is missed', async () => {
    const before = (await readdir(recordings())).length;
    await configure('folder: recordings', 'folder: recordings, keepSize: 1KiB');
    await system.gateway.stop();
    expect(await readdir(recordings())).toEqual([]);
    const { code, recordings: found } = await verify();
    expect([code, found.removed, found.problems]).toEqual([2, before, []]);
    await mkdir(recordings(), { recursive: true });
    await system.gateway.start();
  }, 60_000);
});
