import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { transition } from '../../src/approvals/lifecycle.ts';
import { Secret } from '../../src/core/secret.ts';
import { createRequestStore } from '../../src/store/requests.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import {
  agent,
  decision,
  digestOfText,
  draft,
  heldRequest,
  reviewer,
  silent,
  temporaryFolder,
} from '../approvals/bench.ts';
import { createSigningApprovals } from '../approvals/signing.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'hoopx.db');
});
afterEach(() => folder.remove());

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const refused = (message: string) => ({
  name: 'RefusedError',
  refusal: { code: 'STORE_UNAVAILABLE', message: `the gateway's store cannot be used: ${message}` },
});

describe('opening', () => {
  it('refuses PostgreSQL for now', async () => {
    const url = new Secret('postgres://u:secret@h/db');
    await expect(openStore({ kind: 'postgres', url })).rejects.toMatchObject({
      message: 'a PostgreSQL store is not enforced yet',
      exitCode: 78,
    });
  });

  it('refuses a file that is no database, and leaves it as it is', async () => {
    writeFileSync(path, 'x'.repeat(9_000));
    await expect(openStore({ kind: 'sqlite', path })).rejects.toMatchObject({
      name: 'UserError',
      code: 'STORE_UNUSABLE',
      message: `the store ${path} cannot be used: its file is damaged`,
    });
    expect(statSync(path).size).toBe(9_000);
    rmSync(path);
    await (await openStore({ kind: 'sqlite', path })).close();
  });

  it('refuses a place where no file can be', async () => {
    const folderAsFile = join(folder.path, 'folder');
    mkdirSync(folderAsFile);
    await expect(openStore({ kind: 'sqlite', path: folderAsFile })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
    });
  });

  it('refuses a store that a newer version has written', async () => {
    await (await openStore({ kind: 'sqlite', path })).close();
    const raw = openSqlite(path);
    await sql`insert into kysely_migration values ('9999_future', '2999-01-01')`.execute(raw.db);
    await raw.close();
    await expect(openStore({ kind: 'sqlite', path })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
    });
  });

  it('keeps the files from everyone else, whatever they were and however deep', async () => {
    const deep = join(folder.path, 'a', 'b', 'hoopx.db');
    const store = await openStore({ kind: 'sqlite', path: deep });
    await store.requests.insert(heldRequest(), 10);
    expect(mode(join(folder.path, 'a'))).toBe('700');
    const names = readdirSync(join(folder.path, 'a', 'b'));
    expect(names).toContain('hoopx.db-wal');
    for (const name of names) expect(mode(join(folder.path, 'a', 'b', name))).toBe('600');
    await store.close();
    chmodSync(deep, 0o644);
    await (await openStore({ kind: 'sqlite', path: deep })).close();
    expect(mode(deep)).toBe('600');
  });

  it('leaves the mode of a folder that was there', async () => {
    chmodSync(folder.path, 0o755);
    await (await openStore({ kind: 'sqlite', path })).close();
    expect(mode(folder.path)).toBe('755');
  });

  it('waits for the disk at each commit', async () => {
    const { db, close } = openSqlite(path);
    expect((await sql`pragma journal_mode`.execute(db)).rows).toEqual([{ journal_mode: 'wal' }]);
    expect((await sql`pragma synchronous`.execute(db)).rows).toEqual([{ synchronous: 2 }]);
    expect((await sql`pragma foreign_keys`.execute(db)).rows).toEqual([{ foreign_keys: 1 }]);
    await close();
  });
});

describe('requests', () => {
  it('come back as they went in, hostile text included', async () => {
    const store = await openStore({ kind: 'sqlite', path });
    const nasty = `nul \0 quote ' " \\ \ud800 emoji 🙂 ${'\u202e'} newline \n`;
    const request = heldRequest({
      id: "req_'; DROP TABLE requests; --",
      summary: nasty,
      reason: nasty,
      idempotencyKey: nasty,
      principal: { ...agent, subject: nasty },
    });
    expect(await store.requests.insert(request, 10)).toBe('inserted');
    expect(await store.requests.get(request.id)).toEqual(request);
    const requester = JSON.stringify([agent.issuer, nasty]);
    expect(await store.requests.findByKey(requester, nasty)).toEqual(request);
    expect(await store.requests.findByKey(requester, 'nul ')).toBeNull();
    await store.close();
  });

  it('survive being closed and opened', async () => {
    const first = await openStore({ kind: 'sqlite', path });
    await first.requests.insert(heldRequest(), 10);
    await first.close();
    const second = await openStore({ kind: 'sqlite', path });
    expect(await second.requests.get('req_1')).toEqual(heldRequest());
    await second.close();
  });

  it('change from one version to the next, however many want to change them at once', async () => {
    const store = await openStore({ kind: 'sqlite', path });
    await store.requests.insert(heldRequest({ state: 'approved', runBefore: 9_999 }), 10);
    const consume = () =>
      store.requests.update('req_1', (current) => transition(current, { kind: 'consume' }, 5));
    const all = await Promise.all(Array.from({ length: 10 }, consume));
    expect(all.filter((each) => each?.kind === 'moved')).toHaveLength(1);
    await store.close();
  });

  it('are guarded by the database itself against a second consumption', async () => {
    const store = await openStore({ kind: 'sqlite', path });
    const approved = heldRequest({ state: 'approved', runBefore: 9_999 });
    await store.requests.insert(approved, 10);
    const consume = () =>
      store.requests.update('req_1', (current) => ({
        kind: 'moved',
        request: { ...current, state: 'running', version: current.version + 1 },
      }));
    await consume();
    await expect(consume()).rejects.toMatchObject(refused('it failed'));
    expect((await store.requests.get('req_1'))?.version).toBe(2);
    await store.close();
  });

  it('are guarded against a second one under the same key, or open for the same operation', async () => {
    const store = await openStore({ kind: 'sqlite', path });
    const first = heldRequest({ idempotencyKey: 'k' });
    const digest = digestOfText('other');
    const insert = (change: Partial<typeof first>) =>
      store.requests.insert(heldRequest(change), 10);
    expect(await store.requests.insert(first, 10)).toBe('inserted');
    expect(await insert({ id: 'req_2', idempotencyKey: 'k', digest })).toBe('duplicate');
    expect(await insert({ id: 'req_3' })).toBe('inserted');
    expect(await insert({ id: 'req_4' })).toBe('duplicate');
    expect(await insert({ id: 'req_5', mode: 'live' })).toBe('inserted');
    expect(await insert({ id: 'req_1', digest })).toBe('duplicate');
    expect(await store.requests.get('req_1')).toEqual(first);
    await store.close();
  });

  it('are refused when their columns and their body disagree', async () => {
    await (await openStore({ kind: 'sqlite', path })).close();
    const raw = openSqlite(path);
    await createRequestStore(raw.db, Date.now).insert(heldRequest(), 10);
    await raw.db.updateTable('requests').set({ state: 'approved' }).execute();
    const reading = createRequestStore(raw.db, Date.now).get('req_1');
    await expect(reading).rejects.toMatchObject(refused('it failed'));
    await raw.close();
  });
});

describe('a store that fails', () => {
  it('refuses everything once it is closed', async () => {
    const store = await openStore({ kind: 'sqlite', path });
    await store.close();
    const failing = { refusal: { code: 'STORE_UNAVAILABLE' } };
    await expect(store.requests.get('x')).rejects.toMatchObject(failing);
    await expect(store.requests.insert(heldRequest(), 1)).rejects.toMatchObject(failing);
    await expect(store.revocations.isRevoked('x')).rejects.toMatchObject(failing);
  });

  it('refuses while another program holds it locked, and recovers', async () => {
    const store = await openStore({ kind: 'sqlite', path });
    const { default: Database } = await import('libsql');
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const inserting = store.requests.insert(heldRequest(), 10);
    await expect(inserting).rejects.toMatchObject(refused('another program has locked it'));
    expect(await store.requests.get('req_1')).toBeNull();
    other.exec('ROLLBACK');
    other.close();
    expect(await store.requests.insert(heldRequest(), 10)).toBe('inserted');
    await store.close();
  });

  it('refuses when it is full, says so, keeps what it had, and recovers with room', async () => {
    await (await openStore({ kind: 'sqlite', path })).close();
    const raw = openSqlite(path);
    const store = createRequestStore(raw.db, Date.now);
    await store.insert(heldRequest({ state: 'approved', runBefore: 9_999 }), 1_000);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(raw.db);
    await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 4}`).execute(raw.db);
    const fill = async () => {
      for (let index = 0; ; index += 1) {
        const summary = 'x'.repeat(3_000);
        await store.insert(heldRequest({ id: `req_f${index}`, mode: 'live', summary }), 1_000);
      }
    };
    await expect(fill()).rejects.toMatchObject(refused('its disk is full'));
    expect((await store.get('req_1'))?.state).toBe('approved');
    await sql`pragma max_page_count = 100000`.execute(raw.db);
    const consumed = await store.update('req_1', (current) =>
      transition(current, { kind: 'consume' }, 5),
    );
    expect(consumed?.kind).toBe('moved');
    await raw.close();
  });
});

/** A file system of 512 KiB, where this machine and user can make one. */
function tinyDisk(at: string): (() => void) | null {
  try {
    mkdirSync(at);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', at], { stdio: 'ignore' });
    return () => execFileSync('umount', ['-l', at]);
  } catch {
    return null;
  }
}

describe('a disk that is really full', () => {
  it('permits nothing, and what ended meanwhile is stored when there is room again', async (test) => {
    const at = join(folder.path, 'disk');
    const unmount = tinyDisk(at);
    if (unmount === null) return test.skip('no right to mount a small file system');
    try {
      await fillUp(at);
    } finally {
      unmount();
    }
  });
});

async function fillUp(at: string): Promise<void> {
  const store = await openStore({ kind: 'sqlite', path: join(at, 'hoopx.db') });
  let minted = 0;
  const approvals = createSigningApprovals(store, {
    clock: () => 1_000,
    mintId: () => `req_${++minted}`,
    log: silent,
  });
  const submission = await approvals.submit(draft());
  const running = await approvals.submit(draft({ mode: 'live' }));
  if (submission.kind === 'refused' || running.kind === 'refused') throw new Error('refused');
  await approvals.decide(running.request.id, decision(running.request), reviewer);
  await approvals.consume(running.request.id);
  const ballast = join(at, 'ballast');
  for (let size = 1; size < 600; size += 1) {
    try {
      writeFileSync(ballast, Buffer.alloc(1_024), { flag: 'a' });
    } catch {
      break;
    }
  }
  const { request } = submission;
  const statement = 'x'.repeat(20_000);
  const large = draft({ mode: 'live', presentation: { ...draft().presentation, statement } });
  const full = { refusal: { code: 'STORE_UNAVAILABLE' } };
  await expect(approvals.submit(large)).rejects.toMatchObject(full);
  await expect(approvals.decide(request.id, decision(request), reviewer)).rejects.toMatchObject(
    full,
  );
  const outcome = { message: null, targetCode: null, rowCount: 1 };
  const finishing = approvals.finish(running.request.id, 'succeeded', outcome);
  await expect(finishing).rejects.toMatchObject(full);
  expect((await approvals.get(request.id))?.state).toBe('pending');
  rmSync(ballast);
  await approvals.sweep();
  expect((await approvals.get(running.request.id))?.state).toBe('succeeded');
  expect((await approvals.decide(request.id, decision(request), reviewer)).kind).toBe('done');
  await approvals.stop();
  await store.close();
}

describe('revoked tokens', () => {
  it('stay revoked over a restart, and only they are', async () => {
    const first = await openStore({ kind: 'sqlite', path });
    await first.revocations.revoke('hash', Date.now() + 60_000);
    await first.revocations.revoke('hash', Date.now() + 90_000);
    await first.close();
    const second = await openStore({ kind: 'sqlite', path });
    expect(await second.revocations.isRevoked('hash')).toBe(true);
    expect(await second.revocations.isRevoked('other')).toBe(false);
    await second.close();
  });

  it('are forgotten a day after they could no longer be used', async () => {
    const time = { now: 0 };
    const store = await openStore({ kind: 'sqlite', path }, () => time.now);
    await store.revocations.revoke('old', 1_000);
    time.now = 24 * 3_600_000;
    await store.revocations.revoke('new', time.now);
    expect(await store.revocations.isRevoked('old')).toBe(true);
    time.now += 2_000;
    await store.revocations.revoke('newer', time.now);
    expect(await store.revocations.isRevoked('old')).toBe(false);
    expect(await store.revocations.isRevoked('new')).toBe(true);
    await store.close();
  });
});
