import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { countAccounts, refillAccounts, startWithAccounts } from './accounts.ts';
import { type Gated, startGated } from './gated.ts';

let peer: PostgresPeer;
let gated: Gated;

interface PsqlEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function psql(...args: string[]): Promise<PsqlEnd> {
  return new Promise((resolve) => {
    execFile('psql', ['-X', gated.url, ...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
  });
}

const rows = () => countAccounts(peer);

describeWith(['postgres', 'psql'], 'a statement held inside a live psql', () => {
  beforeAll(async () => {
    peer = await startWithAccounts();
  }, 60_000);

  beforeEach(async () => {
    await refillAccounts(peer);
    gated = await startGated(peer);
    return () => gated[Symbol.asyncDispose]();
  });

  afterAll(() => peer?.stop());

  it('is not run when a reviewer denies it, and the session goes on', async () => {
    const ended = psql('-c', 'DELETE FROM accounts WHERE id = 1', '-c', 'SELECT 41 + 1 AS n');
    await gated.deny('not on a Friday');
    const { stdout, stderr } = await ended;
    expect(stderr).toMatch(/ERROR:\s+hoopx: denied by reviewer: not on a Friday/);
    expect(stdout).toContain('42');
    expect(await rows()).toBe(5);
    await gated.reached('denied');
  });

  it('runs once when approved, after psql was told what it waits for', async () => {
    const ended = psql('-c', 'DELETE FROM accounts WHERE id = 1');
    await gated.approve();
    const { code, stdout, stderr } = await ended;
    expect(stderr).toMatch(/NOTICE:\s+hoopx: held for approval \(req_1\)/);
    expect(stderr).toContain('hoopx approve req_1');
    expect(stdout).toContain('DELETE 1');
    expect(code).toBe(0);
    expect(await rows()).toBe(4);
    expect((await gated.reached('succeeded')).outcome?.rowCount).toBe(1);
  });

  it('lets reads pass, byte for byte', async () => {
    const { stdout, code } = await psql('-At', '-c', 'SELECT id, owner FROM accounts ORDER BY id');
    expect(stdout).toBe('1|o1\n2|o2\n3|o3\n4|o4\n5|o5\n');
    expect(code).toBe(0);
  });

  it('denied inside BEGIN … COMMIT leaves nothing committed', async () => {
    const script =
      'BEGIN;\nSELECT 1;\nDELETE FROM accounts WHERE id = 1;\nDELETE FROM accounts WHERE id = 2;\nCOMMIT;\n';
    const child = spawn('psql', ['-X', gated.url], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = once(child, 'exit');
    child.stdin.end(script);
    const first = await gated.held();
    await gated.approve(first);
    while ((await gated.held()).id === first.id);
    await gated.deny('no');
    await exited;
    expect(output).toContain('hoopx: denied by reviewer: no');
    expect(output).toContain('ROLLBACK');
    expect(await rows()).toBe(5);
  });

  it('Ctrl-C cancels the request', async () => {
    const child = spawn('psql', ['-X', gated.url], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = once(child, 'exit');
    child.stdin.write('DELETE FROM accounts;\n');
    await gated.held();
    child.kill('SIGINT');
    const request = await gated.reached('cancelled');
    expect(request.cancelledBy).toBe('engineer');
    child.stdin.end();
    await exited;
    expect(output).toContain('ERROR:  hoopx: cancelled by the requester');
    expect(await rows()).toBe(5);
  });

  it('is cancelled when its client disappears, and never runs', async () => {
    const child = spawn('psql', ['-X', gated.url, '-c', 'DELETE FROM accounts'], {
      stdio: 'ignore',
    });
    const request = await gated.held();
    child.kill('SIGKILL');
    await gated.reached('cancelled');
    await expect(gated.approve(request)).rejects.toThrow();
    expect(await rows()).toBe(5);
  });

  it('pitfall 6: holds an extended-protocol write with its parameters, and runs it with them', async () => {
    const client = new pg.Client({ connectionString: gated.url, ssl: false });
    await client.connect();
    const running = client.query('DELETE FROM accounts WHERE id = $1 OR owner = $2', [3, 'o4']);
    const request = await gated.held();
    expect(request.presentation.parameters.map((parameter) => parameter.value)).toEqual([
      '3',
      'o4',
    ]);
    await gated.approve(request);
    expect((await running).rowCount).toBe(2);
    await client.end();
    expect(await rows()).toBe(3);
  });

  it('pitfall 9: a denied extended write inside a transaction fails the real transaction', async () => {
    const client = new pg.Client({ connectionString: gated.url, ssl: false });
    await client.connect();
    await client.query('BEGIN');
    const running = client.query('DELETE FROM accounts WHERE id = $1', [3]);
    const failed = expect(running).rejects.toMatchObject({ code: '42501' });
    await gated.deny('no');
    await failed;
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    expect((await client.query('COMMIT')).command).toBe('ROLLBACK');
    await client.end();
  });
});
