import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { remoteResultSchema } from './exec-bench.ts';
import { pause, until } from './exec-setting.ts';
import { type RemoteBench, startRemoteBench } from './remote-bench.ts';

describeWith(['sshd'], 'exec of remote commands at a real gateway', () => {
  let bench: RemoteBench;
  const at = (name: string) => path.join(bench.sshd.folder, name);

  beforeAll(async () => {
    bench = await startRemoteBench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('is denied by policy: 77, with the reason told once, and nothing of it in the output', async () => {
    const { code, result } = await bench.ask(['reboot']);
    expect(code).toBe(77);
    expect(result).toMatchObject({
      ...{ status: 'denied', final: true, source: 'hoopx', result: null, child: null },
      policy: { rules: ['no reboot'] },
    });
    const told = await bench.exec(['reboot']);
    expect(told).toMatchObject({ code: 77, stdout: '', stderr: '' });
    expect(told.talk.match(/not in the daytime/g)).toHaveLength(1);
  });

  it('is denied by policy when no rule covers it', async () => {
    expect((await bench.ask(['mkfs', '/dev/x'])).code).toBe(77);
  });

  it('is denied by a reviewer: 80, with their words; nothing ran', async () => {
    const asked = bench.ask(['touch', at('denied')]);
    await bench.decide(await bench.held(), 'deny', 'not today');
    const { code, result } = await asked;
    expect(code).toBe(80);
    expect(result).toMatchObject({
      status: 'denied',
      decision: { kind: 'deny', reason: 'not today' },
    });
    expect(existsSync(at('denied'))).toBe(false);
  });

  it.each([
    [['--csv'], { csv: true }, 'for SQL'],
    [['-f'], { file: 'x.sql' }, 'for SQL'],
    [['--param'], { param: ['1'] }, 'for SQL'],
  ])('refuses %j at an SSH connection: 64', async (_, flags, message) => {
    const failure = await bench.exec(['true'], { flags }).catch((error) => error);
    expect(failure).toMatchObject({ exitCode: 64 });
    expect(String(failure)).toContain(message);
  });

  it('refuses flags of SSH at a database, and an empty command: 64', async () => {
    const options = { flags: { raw: true }, connection: 'pg-test' };
    await expect(bench.exec(['select 1'], options)).rejects.toMatchObject({ exitCode: 64 });
    await expect(bench.exec([])).rejects.toMatchObject({ exitCode: 64 });
    const tty = bench.exec(['true'], { flags: { tty: true } });
    await expect(tty).rejects.toMatchObject({ exitCode: 64 });
  });

  it('answers 75, runs once when it is approved, and is then a new request', async () => {
    const touch = ['tee', '-a', at('log')];
    const first = await bench.ask(touch, { 'no-wait': true });
    expect(first).toMatchObject({ code: 75, result: { status: 'pending', final: false } });
    const id = String(first.result.requestId);
    expect(first.result.next).toBe(`hoopx requests wait ${id}`);
    expect((await bench.ask(touch, { 'no-wait': true })).result.requestId).toBe(id);
    await bench.approve(id);
    const ran = await bench.ask(touch, { 'no-wait': true });
    expect(ran).toMatchObject({
      ...{ code: 0 },
      result: { requestId: id, status: 'succeeded', source: 'child', child: { exitCode: 0 } },
    });
    const again = await bench.ask(touch, { 'no-wait': true });
    expect(again.code).toBe(75);
    expect(again.result.requestId).not.toBe(id);
    await bench.gateway.client('engineer').cancelRequest(String(again.result.requestId));
  });

  it('has the content of --stdin-file in its digest: another content is another request', async () => {
    const [file, target] = [at('input'), at('target')];
    await writeFile(file, 'one\n');
    const flags = { 'stdin-file': file, 'no-wait': true };
    const first = await bench.ask(['tee', target], flags);
    expect(first.code).toBe(75);
    const id = String(first.result.requestId);
    const shown = await bench.gateway.client('reviewer').request(id);
    expect(shown.presentation.inputNotReviewed).toBeNull();
    await bench.approve(id);
    await writeFile(file, 'two\n');
    const other = await bench.ask(['tee', target], flags);
    expect(other.code).toBe(75);
    expect(other.result.requestId).not.toBe(id);
    expect(existsSync(target)).toBe(false);
    await writeFile(file, 'one\n');
    const ran = await bench.ask(['tee', target], flags);
    expect(ran).toMatchObject({ code: 0, result: { requestId: id, result: { stdout: 'one\n' } } });
    expect(await readFile(target, 'utf8')).toBe('one\n');
    await bench.gateway.client('engineer').cancelRequest(String(other.result.requestId));
  });

  it('streams --stdin while it is held, shown as not reviewed; without it input is empty', async () => {
    const stdin = Readable.from(['a\n', 'b\n']);
    const running = bench.exec(['tee', at('streamed')], { flags: { stdin: true }, stdin });
    const request = await bench.held();
    expect(request).toMatchObject({ mode: 'live' });
    expect(request.presentation.inputNotReviewed).not.toBeNull();
    await bench.decide(request, 'approve');
    expect(await running).toMatchObject({ code: 0, stdout: 'a\nb\n', stderr: '' });
    expect(await bench.exec(['cat'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('cancels streamed input that nobody approves within --wait: 124', async () => {
    const stdin = Readable.from(['a\n']);
    const flags = { stdin: true, wait: 500 };
    const { code, talk } = await bench.exec(['tee', at('late')], { flags, stdin });
    expect(code).toBe(124);
    expect(talk).toContain('nobody approved it in time');
    const { items } = await bench.gateway.client('engineer').listRequests({ state: ['pending'] });
    expect(items).toEqual([]);
  });

  it('returns what was stored under an idempotency key, with the exit code of its run', async () => {
    const flags = { 'no-wait': true, 'idempotency-key': 'remote' };
    const words = ['dd', 'if=/nonexistent/x'];
    const first = await bench.ask(words, flags);
    expect(first.code).toBe(75);
    await bench.approve(String(first.result.requestId));
    const ran = await bench.ask(words, flags);
    expect(ran).toMatchObject({ code: 1, result: { status: 'failed', child: { exitCode: 1 } } });
    expect(ran.result.result?.stderr).toContain('/nonexistent/x');
    const again = await bench.ask(words, flags);
    expect(again).toMatchObject({ code: 1, result: { status: 'failed', source: 'child' } });
    expect(again.result.requestId).toBe(first.result.requestId);
    expect((await bench.ask(['touch', at('other')], flags)).code).toBe(64);
  });

  it('leaves what is held when it is told to go, and cancels it on Ctrl-C: 130', async () => {
    const asked = bench.ask(['touch', at('interrupted')]);
    const { id } = await bench.held();
    process.emit('SIGINT');
    expect(await asked).toMatchObject({ code: 130, result: { status: 'cancelled', final: true } });
    expect((await bench.gateway.client('engineer').request(id)).state).toBe('cancelled');
    const left = bench.ask(['touch', at('left')]);
    const still = await bench.held();
    process.emit('SIGTERM');
    expect(await left).toMatchObject({ code: 75, result: { requestId: still.id } });
    expect((await bench.gateway.client('engineer').request(still.id)).state).toBe('pending');
    await bench.gateway.client('engineer').cancelRequest(still.id);
  });

  it('runs with --on at all that have the labels, each line under its name', async () => {
    const on = { connection: null, flags: { on: ['env=test'] } };
    const { code, stdout, talk } = await bench.exec(['printf', 'a\\nb'], on);
    expect({ code, talk }).toEqual({ code: 0, talk: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.sort()).toEqual(['[ssh-one] a', '[ssh-one] b', '[ssh-two] a', '[ssh-two] b']);
    const one = await bench.exec(['echo', 'x'], {
      ...{ connection: null, flags: { on: ['env=test', 'role=db'] } },
    });
    expect(one.stdout).toBe('[ssh-two] x\n');
    await expect(
      bench.exec(['true'], { connection: null, flags: { on: ['env=none'] } }),
    ).rejects.toMatchObject({ exitCode: 64, hint: expect.stringContaining('role=web') });
  });

  it('asks with --on for each: one result a line, the first other exit code by name', async () => {
    const flags = { on: ['env=test'], json: true, 'no-wait': true };
    const touch = ['touch', at('on')];
    const { code, stdout } = await bench.exec(touch, { connection: null, flags });
    expect(code).toBe(75);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => remoteResultSchema.parse(JSON.parse(line)));
    expect(results.map(({ action }) => action.connection).sort()).toEqual(['ssh-one', 'ssh-two']);
    const ids = results.map(({ requestId }) => String(requestId));
    expect(new Set(ids).size).toBe(2);
    await Promise.all(ids.map((id) => bench.approve(id)));
    expect((await bench.exec(touch, { connection: null, flags })).code).toBe(0);
    expect(existsSync(at('on'))).toBe(true);
  });

  it('tells of a wait once, in the words of exec, and not in the output', async () => {
    const running = bench.exec(['touch', at('told')], { isTerminal: true });
    const request = await bench.held();
    await pause(1_200);
    await bench.decide(request, 'approve');
    const { code, stdout, stderr, talk } = await running;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(talk.match(/held for approval/g)).toHaveLength(1);
    await until(async () => existsSync(at('told')));
  });
});
