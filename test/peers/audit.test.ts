import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { linesOf, type Receiver, receiver } from '../sinks/receiver.ts';
import { makeCertificates } from './certificates.ts';
import { describeWith } from './require-peer.ts';
import { type RsyslogPeer, startRsyslog } from './rsyslog.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

const verification = z.object({
  verdict: z.string(),
  records: z.number(),
  anchored: z.number(),
  executions: z.number(),
  findings: z.array(
    z.object({ kind: z.string(), seq: z.number().nullable(), problem: z.string() }),
  ),
  openIntents: z.array(z.object({ request: z.string(), seq: z.number() })),
});

describeWith(['postgres', 'rsyslogd', 'git'], 'the audit log of the built program', () => {
  let system: RunningSystem;
  let rsyslog: RsyslogPeer;
  let webhook: Receiver;
  let certificates: string;
  let elsewhere: string;
  const git = (...args: string[]) => execa('git', ['-C', elsewhere, ...args]);
  beforeAll(async () => {
    const issued = await makeCertificates();
    certificates = await mkdtemp(path.join(tmpdir(), 'hoopx-sink-certificates-'));
    for (const name of ['ca', 'cert', 'key'] as const) {
      await writeFile(path.join(certificates, name), issued[name], { mode: 0o600 });
    }
    rsyslog = await startRsyslog(issued);
    webhook = await receiver([500]);
    await writeFile(path.join(certificates, 'webhook-ca'), webhook.ca);
    const shown = ['ca', 'cert', 'key'].map((name) => `${name}: "file:${certificates}/${name}"`);
    const sinks = [
      `{ syslog: "tls://127.0.0.1:${rsyslog.port}", ${shown.join(', ')} }`,
      `{ webhook: "${webhook.url}", ca: "file:${certificates}/webhook-ca" }`,
    ];
    elsewhere = await mkdtemp(path.join(tmpdir(), 'hoopx-elsewhere-'));
    await git('init', '--quiet', '--bare');
    const audit = `{ anchors: [{ file: ./elsewhere.jsonl }, { git: ${elsewhere} }], sinks: [${sinks.join(', ')}] }`;
    system = await startSystem({ audit, operators: 'dba' });
    await system.postgres.query('create table accounts (id int)');
  }, 120_000);
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
    await rsyslog.stop();
    await webhook[Symbol.asyncDispose]();
    await rm(certificates, { recursive: true, force: true });
    await rm(elsewhere, { recursive: true, force: true });
  });

  const folder = () => path.join(system.folder, 'hoopx.db-audit');
  const anchor = () => path.join(system.folder, 'elsewhere.jsonl');

  async function verify(...args: string[]) {
    const ran = await system.run('engineer', 'audit', 'verify', ...args, '--json');
    return { code: ran.code, ...verification.parse(JSON.parse(ran.stdout)) };
  }

  /** Asks with psql, through a tunnel, and has it approved. */
  async function approved(sql: string) {
    const tunnel = await system.connect('engineer');
    const url = `postgres://app@127.0.0.1:${tunnel.port}/app`;
    const psql = system.spawn('psql', ['-X', '-c', sql, url]);
    const { id } = await system.held();
    await system.approve(id);
    return { id, psql, tunnel };
  }

  test('tells a run that a kill cut off: unknown before the restart, and written after it', async () => {
    const first = await approved('insert into accounts values (1)');
    expect((await first.psql.ended).stdout).toContain('INSERT 0 1');
    const { id } = await approved('insert into accounts select 2 from pg_sleep(60)');
    await system.reached(id, 'running');
    await expect
      .poll(async () => await recordsOf(id), { timeout: 10_000 })
      .toContain('"type":"intent"');
    await system.gateway.kill9();
    const cut = await verify(folder());
    expect(cut).toMatchObject({ code: 2, verdict: 'no_anchor', openIntents: [{ request: id }] });
    await system.gateway.start();
    await expect
      .poll(async () => await recordsOf(id), { timeout: 10_000 })
      .toContain('"state":"unknown"');
    await system.gateway.stop();
    const whole = await verify(folder(), '--anchor', anchor());
    expect(whole.findings).toEqual([]);
    expect(whole).toMatchObject({ code: 0, verdict: 'verified', executions: 2, openIntents: [] });
    expect(whole.anchored).toBe(whole.records);
    await system.gateway.start();
  }, 120_000);

  async function recordsOf(id: string): Promise<string> {
    const text = await readFile(path.join(folder(), 'records-000000000001.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line.includes(id))
      .join('\n');
  }

  test('names the record of which a byte was changed', async () => {
    const copy = path.join(system.folder, 'copy');
    await system.gateway.stop();
    await cp(folder(), copy, { recursive: true });
    await system.gateway.start();
    const file = path.join(copy, 'records-000000000001.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[6] = (lines[6] ?? '').replace('"time":"2', '"time":"1');
    await writeFile(file, lines.join('\n'));
    const { code, findings } = await verify(copy);
    expect([code, findings[0]?.seq]).toEqual([1, 7]);
    const ran = await system.run('engineer', 'audit', 'verify', copy);
    expect(ran.stdout).toMatch(/^TAMPERED .*record 7 was changed/);
  });

  test('proves one request to somebody who has nothing but the proof and the key', async () => {
    const { id, psql } = await approved('insert into accounts values (3)');
    await psql.ended;
    await system.gateway.stop();
    const proof = await system.run('engineer', 'audit', 'prove', id, folder());
    const file = path.join(system.folder, 'proof.json');
    await writeFile(file, proof.stdout);
    const key = (await readFile(path.join(folder(), 'log.vkey'), 'utf8')).trim();
    const good = await verify('--bundle', file, '--key', key, '--anchor', anchor());
    expect(good).toMatchObject({ code: 0, executions: 1, findings: [] });
    await writeFile(file, proof.stdout.replace('succeeded', 'failed'));
    expect((await verify('--bundle', file, '--key', key)).code).toBe(1);
    await system.gateway.start();
  }, 60_000);

  test('is shown to operators, and to nobody else', async () => {
    const refused = await system.run('engineer', 'audit', 'tail', '--no-follow');
    expect([refused.code, refused.stderr]).toEqual([77, expect.stringContaining('operators')]);
    const shown = await system.run('reviewer', 'audit', 'tail', '--no-follow', '--after', '0');
    expect(shown.stdout.split('\n')[0]).toContain('"seq":1');
  });

  test('keeps its proofs when an operator erases what it is about', async () => {
    const { id, psql } = await approved(
      "insert into accounts select 4 where 'planted' = 'planted'",
    );
    await psql.ended;
    const refused = await system.run('engineer', 'audit', 'erase', id, '--yes');
    expect([refused.code, refused.stderr]).toEqual([77, expect.stringContaining('operators')]);
    const unasked = await system.run('reviewer', 'audit', 'erase', id);
    expect([unasked.code, unasked.stderr]).toEqual([64, expect.stringContaining('--yes')]);
    const erased = await system.run('reviewer', 'audit', 'erase', id, '--yes', '--json');
    expect(erased.code).toBe(0);
    expect(JSON.parse(erased.stdout)).toMatchObject({ requests: 1, purged: true });
    const shown = await system.run('reviewer', 'requests', 'list');
    expect(shown.stdout).toMatch(new RegExp(`${id}.*succeeded.*erased at 2`));
    await system.gateway.stop();
    for (const file of ['hoopx.db', 'hoopx.db-wal']) {
      const bytes = await readFile(path.join(system.folder, file)).catch(() => Buffer.alloc(0));
      expect(bytes.includes("'planted'")).toBe(false);
    }
    const verified = await system.run(
      'engineer',
      'audit',
      'verify',
      folder(),
      '--anchor',
      anchor(),
    );
    expect([verified.code, verified.stdout]).toEqual([
      0,
      expect.stringContaining(`    ${id} (record`),
    ]);
    await system.gateway.start();
  }, 60_000);

  test('is exported for other systems', async () => {
    const cef = await system.run('engineer', 'audit', 'export', folder(), '--format', 'cef');
    expect(cef.stdout).toMatch(/^CEF:0\|hoopx\|hoopx\|[^|]*\|gateway_started\|/);
    const ocsf = await system.run('engineer', 'audit', 'export', folder(), '--format', 'ocsf');
    expect(JSON.parse(ocsf.stdout.split('\n')[1] ?? '')).toMatchObject({ class_uid: 3002 });
  });

  test('was sent on whole and in order through all that, with the receiver killed too', async () => {
    await rsyslog.kill9();
    const { psql } = await approved('insert into accounts values (4)');
    await psql.ended;
    await system.gateway.kill9();
    await rsyslog.start();
    await system.gateway.start();
    await system.gateway.stop();
    const file = path.join(folder(), 'records-000000000001.jsonl');
    const records = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const overSyslog = (await rsyslog.messages()).map((message) => message.replace(/^.*?\] /, ''));
    expect([...new Set(overSyslog)]).toEqual(records);
    expect([...new Set(linesOf(webhook.taken))]).toEqual(records);
  }, 60_000);

  test('is anchored in a git branch, and tells when that was rewritten', async () => {
    await system.gateway.stop();
    const clone = path.join(system.folder, 'clone');
    await git('clone', '--quiet', '--branch', 'hoopx-audit', elsewhere, clone);
    const kept = await verify(folder(), '--anchor', path.join(clone, 'checkpoints'));
    expect(kept).toMatchObject({ code: 0, verdict: 'verified' });
    expect(kept.anchored).toBe(kept.records);
    const { stdout: before } = await git('rev-parse', 'hoopx-audit~1');
    await git('update-ref', 'refs/heads/hoopx-audit', before);
    await system.gateway.start();
    await expect
      .poll(() => recordsOf('anchor_diverged'), { timeout: 20_000 })
      .toContain('the history of hoopx-audit was rewritten');
    expect(system.gateway.log()).toContain('does not have what it was given');
  }, 60_000);

  test('is gone on with after a line that was half written, and not after a foreign one', async () => {
    const file = path.join(folder(), 'records-000000000001.jsonl');
    await system.gateway.stop();
    await appendFile(file, '{"half');
    await system.gateway.start();
    await system.gateway.stop();
    expect((await verify(folder(), '--anchor', anchor())).code).toBe(0);
    await appendFile(file, '{"foreign":1}\n');
    await expect(Promise.race([system.gateway.start(), pauseAndFail(8_000)])).rejects.toBeDefined();
    expect(system.gateway.log()).toContain('are not those of this store');
  }, 60_000);
});

function pauseAndFail(ms: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('it did not start')), ms);
  });
}
