import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remoteResultSchema } from '../exec/exec-bench.ts';
import { startTmux, type Tmux } from '../tui/tmux.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, residentMb, startSystem } from './running-system.ts';
import { sshTarget } from './ssh-system.ts';
import { type SshdPeer, startSshd } from './sshd.ts';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

describeWith(['postgres', 'sshd', 'tmux'], 'hoopx exec at SSH connections', () => {
  let sshd: SshdPeer;
  let system: RunningSystem;
  const at = (name: string) => path.join(sshd.folder, name);
  const exec = (...args: string[]) => system.run('engineer', 'exec', ...args);

  beforeAll(async () => {
    sshd = await startSshd();
    const target = `${sshTarget(sshd)}, access: { groups: [engineering] }`;
    system = await startSystem({
      connections: [
        `ssh-one: { ${target}, labels: { env: test } }`,
        `ssh-two: { ${target}, labels: { env: test } }`,
      ],
      rules: [
        '{ name: commands pass, ssh: { kind: [exec], class: [plain, opaque] }, then: allow }',
        '{ name: changes are held, ssh: { commands: [touch, tee] }, then: review, chain: dba }',
        '{ name: never halt, ssh: { commands: [halt] }, then: deny, message: "Ask the platform team." }',
      ],
    });
  });
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
    await sshd.stop();
  });

  test('a denied command ends with 77, and its output is empty', async () => {
    const { code, stdout, stderr } = await exec('ssh-one', '--', 'halt', '-p');
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(stderr.match(/Ask the platform team/g)).toHaveLength(1);
  });

  test('words without --, flags of SQL, a file that is too large, no terminal: 64', async () => {
    await writeFile(at('large'), Buffer.alloc(1024 * 1024 + 1));
    const refused = [
      ['ssh-one', 'echo', 'a', 'b'],
      ['ssh-one', '--csv', '--', 'true'],
      ['ssh-one', '--stdin-file', at('large'), '--', 'cat'],
      ['ssh-one', '--tty', '--', 'true'],
      ['ssh-one'],
      ['--on', 'env=none', '--', 'true'],
      ['pg-test', '--raw', 'select 1'],
      ['--', 'ssh-one'],
    ];
    for (const args of refused) {
      const { code, stderr } = await exec(...args);
      expect({ args, code }).toEqual({ args, code: 64 });
      expect(stderr).toMatch(/^hoopx: /);
    }
  });

  test('asks, answers 75, runs once after the approval, and asks anew', async () => {
    const args = ['ssh-one', '--json', '--no-wait', '--', 'touch', at('made')];
    const first = await exec(...args);
    expect(first.code).toBe(75);
    const { requestId } = remoteResultSchema.parse(JSON.parse(first.stdout));
    expect(existsSync(at('made'))).toBe(false);
    await system.approve(String(requestId));
    expect((await system.run('engineer', 'requests', 'wait', String(requestId))).code).toBe(0);
    const ran = await exec(...args);
    expect(ran.code).toBe(0);
    expect(remoteResultSchema.parse(JSON.parse(ran.stdout))).toMatchObject({ requestId });
    expect(existsSync(at('made'))).toBe(true);
    const again = await exec(...args);
    expect(again.code).toBe(75);
    const other = remoteResultSchema.parse(JSON.parse(again.stdout)).requestId;
    expect(other).not.toBe(requestId);
    await system.client('engineer').cancelRequest(String(other));
  });

  test('survives kill -9 while it waits, and a restart of the gateway', async () => {
    const args = ['ssh-one', '--json', '--wait', '30s', '--', 'touch', at('survived')];
    const waiting = await system.start('engineer', ['exec', ...args]);
    const { id } = await system.held();
    waiting.child.kill('SIGKILL');
    await waiting.ended;
    await system.gateway.kill9();
    await system.gateway.start();
    expect((await system.reached(id, 'pending')).state).toBe('pending');
    await system.approve(id);
    expect((await exec(...args)).code).toBe(0);
    expect(existsSync(at('survived'))).toBe(true);
  });

  test('words arrive as they are, twice the same ones too', async () => {
    const words = ['-a', '-a', 'x y', '$HOME', '--json', "it's"];
    const { stdout } = await exec('ssh-one', '--', 'printf', '[%s]', ...words);
    expect(stdout).toBe(words.map((word) => `[${word}]`).join(''));
  });

  test('200 MB each way keep their digest, in bounded memory', async () => {
    const piece = randomBytes(1024 * 1024);
    const file = await open(at('input'), 'w');
    for (let index = 0; index < 200; index += 1) await file.write(piece);
    await file.close();
    const output = await open(at('output'), 'w');
    const shell = ['-c', '"$0" "$1" exec ssh-one --stdin -- cat <"$2"', process.execPath, program];
    const env = await system.environment('engineer');
    const running = system.spawn('sh', [...shell, at('input')], { env, stdout: output.fd });
    const { code, stderr } = await running.ended;
    await output.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await digest(at('output'))).toBe(await digest(at('input')));
    expect(await residentMb(system.gateway.pid(), 'VmHWM')).toBeLessThan(400);
  }, 120_000);

  test('Ctrl-C cancels what is held: 130', async () => {
    const waiting = await system.start('engineer', ['exec', 'ssh-one', '--', 'touch', at('never')]);
    const { id } = await system.held();
    await waiting.said('held for approval');
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: '' });
    expect((await system.reached(id, 'cancelled')).state).toBe('cancelled');
  });

  test('--on runs at both, prefixed; --json is one result a line', async () => {
    const { code, stdout } = await exec('--on', 'env=test', '--', 'echo', 'hello');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.sort()).toEqual(['[ssh-one] hello', '[ssh-two] hello']);
    const json = await exec('--on', 'env=test', '--json', '--raw', 'exit 3');
    expect(json.code).toBe(3);
    const results = json.stdout.trimEnd().split('\n');
    expect(results.map((line) => remoteResultSchema.parse(JSON.parse(line)).child)).toEqual([
      { exitCode: 3 },
      { exitCode: 3 },
    ]);
  });

  test('--tty is a terminal of its size, and leaves this one as it was', async () => {
    await using tmux = await startTmux(100, 30);
    await enterHoopx(tmux);
    await tmux.keys('stty -a >before; hoopx ssh-one --tty --raw "stty size; cat"', 'Enter');
    await tmux.until('30 100');
    await tmux.keys('typed', 'Enter');
    await tmux.until(/typed\ntyped/);
    await tmux.keys('C-c');
    await tmux.until(/killed by SIGINT\n+ready>/);
    await tmux.keys('echo "code $?"; stty -a >after; cmp before after && echo same', 'Enter');
    const screen = await tmux.until('same');
    expect(screen).toContain('code 130');
  });

  test('--tty follows a resize, and Ctrl-C while it is held cancels the request', async () => {
    await using tmux = await startTmux(90, 30);
    await enterHoopx(tmux);
    const loop = 'for i in $(seq 200); do stty size; sleep 0.1; done';
    await tmux.keys(`hoopx ssh-one --tty --raw '${loop}'`, 'Enter');
    await tmux.until('30 90');
    await tmux.resize(70, 20);
    await tmux.until('20 70');
    await tmux.keys('C-c');
    await tmux.until(/ready> *\n*$/);
    await tmux.keys('clear; stty -a >before', 'Enter');
    await tmux.keys(`hoopx ssh-one --tty -- touch ${at('tty')}; echo "code $?"`, 'Enter');
    const { id } = await system.held();
    await tmux.until('held for approval');
    await tmux.keys('C-c');
    await tmux.until('code 130');
    expect((await system.reached(id, 'cancelled')).state).toBe('cancelled');
    await tmux.keys('stty -a >after; cmp before after && echo same', 'Enter');
    await tmux.until('same');
    expect(existsSync(at('tty'))).toBe(false);
  });

  /** Makes `hoopx` a command of that shell: `exec` as the engineer. */
  async function enterHoopx(tmux: Tmux): Promise<void> {
    const env = Object.entries(await system.environment('engineer'));
    const lines = env.map(([name, value]) => `export ${name}='${value}'`);
    const command = `hoopx() { '${process.execPath}' '${program}' exec "$@"; }`;
    const script = path.join(tmux.folder, 'enter.sh');
    await writeFile(script, `${[...lines, command, `cd '${tmux.folder}'`].join('\n')}\nclear\n`);
    await tmux.keys(`. ${script}`, 'Enter');
    await tmux.until(/^ready> *\n*$/);
  }
});

async function digest(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
