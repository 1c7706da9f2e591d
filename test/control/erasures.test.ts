import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyFolder } from '../../src/audit/verify.ts';
import { proveRequest, verifyBundle } from '../../src/gateway/audit-tools.ts';
import { verificationText } from '../../src/gateway/verification-text.ts';
import { type LineClient, lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';

const planted = 'planted-4f0a';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startedGateway({ operators: ['dba'] });
}, 60_000);
afterAll(() => gateway[Symbol.asyncDispose]());

const plain = { key: null, anchors: [], reviewerKeys: null, since: null };

/** What is answered in a session of its own: a live one holds on, and a claimable one may leave. */
async function ask(statement: string, mode: 'live' | 'claimable') {
  const api = gateway.client('engineer');
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode, reason: planted });
  const lines = lineClient(await api.openStream(tunnel.id));
  await lines.next();
  lines.send(statement);
  return { answer: (await lines.next()) ?? '', lines };
}

async function hold(statement: string): Promise<{ id: string; lines: LineClient }> {
  const { answer, lines } = await ask(statement, 'live');
  return { id: answer.slice('held '.length), lines };
}

async function ran(statement: string): Promise<string> {
  const { id, lines } = await hold(statement);
  const reviewer = gateway.client('reviewer');
  const { digest } = await reviewer.request(id);
  await reviewer.decide(id, { kind: 'approve', digest, reason: planted });
  await lines.next();
  await expect.poll(async () => (await reviewer.request(id)).state).toBe('succeeded');
  lines.stream.end();
  return id;
}

async function filesSaying(text: string): Promise<readonly string[]> {
  const found = await readdir(gateway.folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  const says = await Promise.all(
    files.map(async ({ parentPath, name }) =>
      (await readFile(path.join(parentPath, name))).includes(text),
    ),
  );
  return files.filter((_, index) => says[index]).map(({ name }) => name);
}

function saltsOf(sessions: readonly string[]): number {
  const database = new Database(path.join(gateway.folder, 'hoopx.db'), { readonly: true });
  const select = database.prepare('select 1 from audit_salts where session_id = ?');
  const found = sessions.map((id) => select.all(id).length);
  database.close();
  return found.reduce((sum, each) => sum + each, 0);
}

describe('erasing content', () => {
  it('is for operators alone, and refuses what has not ended', async () => {
    const { id, lines } = await hold(`delete ${planted}`);
    for (const account of ['engineer', 'agent']) {
      await expect(gateway.client(account).eraseContent({ requests: [id] })).rejects.toMatchObject({
        ...{ code: 'FORBIDDEN', exitCode: 77 },
      });
    }
    const operator = gateway.client('reviewer2');
    await expect(operator.eraseContent({ requests: [id] })).rejects.toMatchObject({
      ...{ code: 'CONFLICT', message: `${id} has not ended; nothing was erased` },
    });
    const { sessionId } = await gateway.client('reviewer').request(id);
    await expect(operator.eraseContent({ sessions: [sessionId] })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(operator.eraseContent({ requests: ['req_none'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    for (const ask of [{}, { requests: [id], before: '2026-01-01T00:00:00Z' }]) {
      await expect(operator.eraseContent(ask)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    expect((await gateway.client('reviewer').request(id)).summary).toContain(planted);
    await gateway.client('engineer').cancelRequest(id);
    lines.stream.end();
  });

  it('names the recording of each session that asked for it, or ran it', async () => {
    const statement = `delete ${planted} later`;
    const asked = await ask(statement, 'claimable');
    const id = asked.answer.slice('held '.length);
    asked.lines.stream.end();
    const reviewer = gateway.client('reviewer');
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'approve', digest });
    const claimed = await ask(statement, 'claimable');
    await expect.poll(async () => (await reviewer.request(id)).state).toBe('succeeded');
    claimed.lines.stream.end();
    const recorded = async () => (await reviewer.listRecordings({ text: statement })).items;
    await expect.poll(async () => (await recorded()).length).toBe(2);
    const erased = await reviewer.eraseContent({ requests: [id] });
    const shown = (await recorded()).map((recording) => recording.id);
    expect(erased.recorded).toEqual(expect.arrayContaining(shown));
  });

  it('leaves the text in no file, and every proof whole', async () => {
    const before = await gateway.client('reviewer').listRequests();
    const id = await ran(`delete ${planted}`);
    const operator = gateway.client('reviewer2');
    const { sessionId } = await operator.request(id);
    const ids = [id, ...before.items.map((request) => request.id)];
    const first = await operator.eraseContent({ requests: ids });
    const whole = before.items.filter(({ erasedAt }) => erasedAt === null);
    const requests = whole.length + 1;
    expect(first).toMatchObject({ requests, purged: true, removed: [], failed: [] });
    expect(first.recorded).toContain(sessionId);
    expect(await filesSaying(planted)).toContain('session.ndjson');
    const sessions = first.recorded;
    for (const session of sessions) {
      await expect
        .poll(async () => (await operator.recording(session)).state, { timeout: 30_000 })
        .toBe('ended');
    }
    expect(saltsOf(sessions)).toBe(sessions.length);
    expect(await operator.eraseContent({ sessions })).toMatchObject({
      ...{ requests: 0, removed: sessions, failed: [], recorded: [] },
    });
    expect(await filesSaying(planted)).toEqual([]);
    await expect(operator.recording(sessionId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const erased = await operator.request(id);
    expect(erased).toMatchObject({ state: 'succeeded', summary: '', digest: '', salt: '' });
    expect(erased.erasedAt).toMatch(/^2/);
    await gateway.stop();
    expect(saltsOf(sessions)).toBe(0);
    const folder = path.join(gateway.folder, 'audit');
    const verified = await verifyFolder(folder, plain);
    expect(verified.findings).toEqual([]);
    expect(new Set(verified.erased.map(({ request }) => request))).toEqual(new Set(ids));
    expect(verificationText(verified)).toContain(`    ${id} (record `);
    const bundle = await proveRequest(id, { folder, config: undefined });
    expect(bundle.records.at(-1)?.line).toContain('"type":"content_erased"');
    const file = path.join(gateway.folder, 'proof.json');
    await writeFile(file, JSON.stringify(bundle));
    const proved = await verifyBundle(file, { key: null, anchors: [], reviewerKeys: null });
    expect(proved).toMatchObject({ findings: [], executions: 1, erased: [{ request: id }] });
  });
});
