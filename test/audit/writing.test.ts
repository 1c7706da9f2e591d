import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditLog, openAuditLog, type SessionAudit } from '../../src/audit/log.ts';
import { auditPrincipal } from '../../src/core/audit-seal.ts';
import type { DecisionEvent } from '../../src/core/gate.ts';
import { loadSqlParser } from '../../src/protocols/postgres/sql/parser.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { engineer } from '../approvals/bench.ts';

let folder: string;
let store: Store;
let audit: AuditLog;
let session: SessionAudit;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-writing-'));
  store = await openStore({ kind: 'sqlite', path: path.join(folder, 'hoopx.db') });
  audit = await openAuditLog({
    ledger: store.audit,
    folder: path.join(folder, 'audit'),
    keyFile: path.join(folder, 'audit.key'),
    origin: 'test/audit',
    anchors: [],
    clock: Date.now,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  session = await audit.began({
    ...{ type: 'session_began', session: 'ses_1', tunnel: 'tun_1', connection: 'pg' },
    ...{ protocol: 'postgres', mode: 'live', client: 'psql', principal: auditPrincipal(engineer) },
  });
});
afterEach(async () => {
  await audit.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const parser = await loadSqlParser();

function passed(sql: string): DecisionEvent {
  const decidable = parser.decidable(sql, { trustedFunctions: [] });
  const operation = {
    ...{ decidable, database: 'app', upstreamUser: 'app', claimable: false },
    action: () => ({}),
    presentation() {
      throw new Error('nobody asked for it');
    },
  };
  const verdict = { kind: 'allow', rules: ['reads pass'], revision: 'r' } as const;
  return { number: 1, operation, verdict, request: null, refusal: null };
}

const records = async () => (await store.audit.after(0, 1_000)).map(({ line }) => JSON.parse(line));

it('takes nothing that would come after its last checkpoint', async () => {
  audit.note({ type: 'gateway_stopped' });
  const closed = audit.close();
  await expect(audit.append({ type: 'gateway_stopped' })).rejects.toMatchObject({
    refusal: { code: 'GATEWAY_STOPPING' },
  });
  await closed;
  const written = await records();
  expect(written.map(({ type }) => type)).toEqual(['session_began', 'gateway_stopped']);
  expect(audit.standing()).toMatchObject({ written: 2, checkpointed: 2 });
});

describe('what passes unasked', () => {
  it('is refused while the log cannot be written, and passes once it can again', async () => {
    const event = passed('select 1');
    const other = new Database(path.join(folder, 'hoopx.db'));
    other.exec('begin immediate');
    expect(session.decided(event)).toBeUndefined();
    await expect(audit.flush()).rejects.toMatchObject({ refusal: { code: 'AUDIT_UNAVAILABLE' } });
    const refused = Promise.resolve().then(() => session.decided(event));
    await expect(refused).rejects.toMatchObject({ refusal: { code: 'AUDIT_UNAVAILABLE' } });
    expect(() => audit.assertWritable()).toThrow('cannot be written');
    other.exec('rollback');
    other.close();
    await expect.poll(() => session.decided(event), { timeout: 5_000 }).toBeUndefined();
    await audit.flush();
    const counts = (await records()).filter(({ type }) => type === 'operations_passed');
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(2);
  }, 20_000);

  it('waits for nothing, and thousands of repeats are one record', async () => {
    const event = passed('select 1');
    for (let index = 0; index < 5_000; index += 1) {
      expect(session.decided(event)).toBeUndefined();
    }
    await audit.flush();
    expect((await records()).filter(({ type }) => type === 'operations_passed')).toMatchObject([
      { count: 5_000, classes: ['read'], rules: ['reads pass'], session: 'ses_1' },
    ]);
  });

  it('is kept in bounds: many different ones are written before more are let through', async () => {
    const waits: (void | Promise<void>)[] = [];
    for (let index = 0; index < 600; index += 1) {
      waits.push(session.decided(passed(`select ${index}`)));
    }
    expect(waits.filter((each) => each instanceof Promise).length).toBeGreaterThanOrEqual(2);
    await Promise.all(waits);
  }, 30_000);
});

it('writes a record that comes as soon as the one before is written', async () => {
  const change = { type: 'configuration_changed', from: 'a', to: 'b' } as const;
  for (let index = 0; index < 10; index += 1) await audit.append(change);
  expect((await records()).filter(({ type }) => type === change.type)).toHaveLength(10);
});

it('signs no more than 256 records under one checkpoint', async () => {
  const change = { type: 'configuration_changed', from: 'a', to: 'b' } as const;
  await Promise.all(Array.from({ length: 700 }, () => audit.append(change)));
  await audit.flush();
  const text = await readFile(path.join(folder, 'audit', 'checkpoints.jsonl'), 'utf8');
  const sizes = text
    .trim()
    .split('\n')
    .map((line) => Number(JSON.parse(line).note.split('\n')[1]));
  const steps = sizes.map((size, index) => size - (sizes[index - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(256);
  expect(sizes.at(-1)).toBe(701);
});
