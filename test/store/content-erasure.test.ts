import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditPrincipal } from '../../src/core/audit-seal.ts';
import type { HeldRequest } from '../../src/core/request.ts';
import { rowOf } from '../../src/store/request-row.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { digestOfText, draft, heldRequest, reviewer, temporaryFolder } from '../approvals/bench.ts';
import { createSigningApprovals } from '../approvals/signing.ts';

const planted = 'PLANTED-7c1e';
const by = auditPrincipal(reviewer);

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
let store: Store;
beforeEach(async () => {
  folder = temporaryFolder();
  path = join(folder.path, 'hoopx.db');
  store = await openStore({ kind: 'sqlite', path }, () => 5_000);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

/** What the files are searched for: texts, salts and keys say the one, digests the other. */
const traces = [planted, Buffer.from(planted).toString('hex')];

/** A request whose every text says it: rows that share a page, and some that overflow into others. */
function planting(id: string, change: Partial<HeldRequest> = {}): HeldRequest {
  const text = `${planted} ${id} ${planted.repeat(Math.random() * (Math.random() < 0.3 ? 2_000 : 100))}`;
  const { presentation } = draft();
  return heldRequest({
    ...{ id, salt: `salt-${planted}-${id}`, digest: digestOfText(`${planted} ${id}`) },
    ...{ summary: text, reason: text, idempotencyKey: `${planted}-${id}` },
    presentation: { ...presentation, statement: text },
    outcome: { message: text, targetCode: '42P01', rowCount: 3 },
    ...{ mode: 'live', state: 'succeeded', endedAt: 2_000 },
    ...change,
  });
}

/** In an order, in sizes and with changes that split, merge and rewrite pages again and again. */
async function plantAndMove(ids: readonly string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    await store.requests.insert(planting(id), 1_000);
    for (const other of [id, ids[Math.floor(Math.random() * index)] ?? id]) {
      await store.requests.update(other, (current) => {
        const version = current.version + 1;
        return { kind: 'moved', request: { ...planting(other), version } };
      });
    }
  }
}

/** What a version did that knew neither the last migration nor `secure_delete`. */
function asEarlierVersion(write: (database: Database.Database) => void): void {
  const database = new Database(path);
  database.exec("delete from kysely_migration where name = '0005_rewritten'");
  write(database);
  database.close();
}

function filesSaying(text: string): readonly string[] {
  return readdirSync(folder.path).filter((name) =>
    readFileSync(join(folder.path, name)).includes(text),
  );
}

async function erasures() {
  const records = await store.audit.after(0, 10_000);
  return records
    .map(({ line }) => JSON.parse(line))
    .filter(({ type }) => type === 'content_erased');
}

describe('erasing content', () => {
  it('is refused whole for a request that has not ended, or that is not there', async () => {
    await store.requests.insert(planting('req_over'), 10);
    await store.requests.insert(planting('req_open', { state: 'pending', endedAt: null }), 10);
    await store.requests.insert(planting('req_runs', { state: 'running', endedAt: null }), 10);
    for (const [id, because] of [
      ['req_open', 'open'],
      ['req_runs', 'open'],
      ['req_none', 'unknown'],
    ] as const) {
      const ask = { kind: 'named', requests: ['req_over', id], sessions: [] } as const;
      expect(await store.erasure.erase(ask, by)).toEqual({ kind: 'refused', id, because });
    }
    expect((await store.requests.get('req_over'))?.summary).toContain(planted);
    expect(await erasures()).toEqual([]);
  });

  it('leaves the text in no file, however often rows have been moved about', async () => {
    for (let round = 0; round < 3; round += 1) {
      const ids = Array.from({ length: 60 }, (_, index) => `req_${round}_${index}`);
      await plantAndMove(ids);
      expect(filesSaying(planted)).not.toEqual([]);
      await store.erasure.erase({ kind: 'named', requests: ids, sessions: [] }, by);
      await store.erasure.purge();
      for (const text of traces) expect(filesSaying(text)).toEqual([]);
    }
    const request = await store.requests.get('req_2_7');
    expect(request).toMatchObject({ state: 'succeeded', salt: '', digest: '', erasedAt: 5_000 });
    expect(request?.outcome).toEqual({ message: null, targetCode: '42P01', rowCount: 3 });
    const database = new Database(path, { readonly: true });
    expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  });

  it('leaves nothing of what a store of an earlier version had let go', async () => {
    await store.close();
    asEarlierVersion((database) => {
      const insert = database.prepare('insert into requests values (?,1,?,?,1,1,?,?,?,?,?,?)');
      for (let index = 0; index < 200; index += 1) {
        const { id, digest, body } = rowOf(planting(`old_${index}`));
        insert.run(...[id, 'succeeded', 'live', 'a', 'b'], ...[digest, `k${id}`, `o${id}`, body]);
      }
      database.exec('delete from requests');
    });
    expect(filesSaying(planted)).not.toEqual([]);
    store = await openStore({ kind: 'sqlite', path }, () => 5_000);
    await store.erasure.purge();
    for (const text of traces) expect(filesSaying(text)).toEqual([]);
  });

  it('lets others use the store while its files are gone through', async () => {
    for (let index = 0; index < 60; index += 1) {
      const summary = `${index}`.repeat(20_000);
      await store.requests.insert(planting(`req_${index}`, { summary }), 100);
    }
    let purged = false;
    const purge = store.erasure.purge().then(() => {
      purged = true;
    });
    await store.requests.insert(planting('req_meanwhile'), 100);
    expect(purged).toBe(false);
    await purge;
  });

  it('does not say that it is done while another program keeps the text in the -wal file', async () => {
    await store.requests.insert(planting('req_1'), 10);
    const other = new Database(path);
    other.exec('begin');
    other.prepare('select count(*) from requests').all();
    const ask = { kind: 'named', requests: ['req_1'], sessions: [] } as const;
    expect(await store.erasure.erase(ask, by)).toMatchObject({ requests: ['req_1'] });
    await expect(store.erasure.purge()).rejects.toMatchObject({
      refusal: { code: 'STORE_UNAVAILABLE' },
    });
    expect(filesSaying(planted)).not.toEqual([]);
    other.exec('rollback');
    other.close();
    // A repeat erases nothing, and takes down nothing.
    expect(await store.erasure.erase(ask, by)).toMatchObject({ requests: [] });
    await store.erasure.purge();
    expect(filesSaying(planted)).toEqual([]);
    expect(await erasures()).toHaveLength(1);
  });

  it('takes all that ended before a time, in records of at most 200, and nothing else', async () => {
    for (let index = 0; index < 220; index += 1) {
      await store.requests.insert(planting(`req_${index}`), 1_000);
    }
    await store.requests.insert(planting('req_late', { endedAt: 3_000 }), 1_000);
    await store.requests.insert(planting('req_open', { state: 'pending', endedAt: null }), 1_000);
    const erased = await store.erasure.erase({ kind: 'before', before: 2_500 }, by);
    if (erased.kind === 'refused') throw new Error('refused');
    expect(new Set(erased.requests).size).toBe(220);
    expect((await erasures()).map(({ requests }) => requests.length)).toEqual([200, 20]);
    expect((await erasures())[0]).toMatchObject({
      principal: by,
      before: '1970-01-01T00:00:02.500Z',
    });
    for (const id of ['req_late', 'req_open']) {
      expect((await store.requests.get(id))?.summary).toContain(planted);
    }
    const again = await store.erasure.erase({ kind: 'before', before: 2_500 }, by);
    expect(again).toMatchObject({ requests: [] });
    expect(await erasures()).toHaveLength(2);
  });

  it('does not let an idempotency key run a second time', async () => {
    const approvals = createSigningApprovals(store, {
      ...{ clock: () => 5_000, mintId: () => 'req_second' },
      log: { warn: () => {}, error: () => {} },
    });
    const ended = planting('req_1', { mode: 'claimable', idempotencyKey: 'once' });
    await store.requests.insert(ended, 10);
    await store.erasure.erase({ kind: 'named', requests: ['req_1'], sessions: [] }, by);
    const repeat = draft({ idempotencyKey: 'once', digest: ended.digest });
    expect(await approvals.submit(repeat)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'IDEMPOTENCY_CONFLICT', requestId: 'req_1' },
    });
  });
});
