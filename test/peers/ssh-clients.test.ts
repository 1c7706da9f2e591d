import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from './require-peer.ts';
import { type Ran, type Running, type RunningSystem, startSystem } from './running-system.ts';
import { sshTarget } from './ssh-system.ts';
import { type SshdPeer, startSshd } from './sshd.ts';

/** The ordinary OpenSSH tools over a file that `hoopx ssh-config` wrote. */
describeWith(['postgres', 'sshd', 'ssh', 'scp', 'sftp', 'git'], 'OpenSSH tools', () => {
  let sshd: SshdPeer;
  let system: RunningSystem;
  let config: string;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    sshd = await startSshd();
    const target = sshTarget(sshd);
    const access = 'access: { groups: [engineering] }';
    const files =
      'sftp_read, sftp_write, sftp_list, sftp_stat, sftp_setstat, sftp_rename, sftp_mkdir, sftp_remove';
    system = await startSystem({
      connections: [
        `Ssh-Bastion: { ${target}, ${access}, sftp: true, forwarding: [local] }`,
        `ssh-closed: { ${target}, access: { groups: [nobody] } }`,
      ],
      rules: [
        '{ name: commands pass, ssh: { kind: [exec, shell, scp], class: [plain, opaque] }, then: allow }',
        `{ name: files pass, ssh: { kind: [subsystem, ${files}] }, then: allow }`,
        '{ name: reboots are held, ssh: { commands: [touch, reboot] }, then: review, chain: dba }',
        '{ name: never halt, ssh: { commands: [halt] }, then: deny, message: "Ask the platform team." }',
        '{ name: keys stay, ssh: { paths: ["*/secret*"] }, then: deny }',
        '{ name: ports pass, ssh: { kind: [direct_tcpip], forward: ["127.0.0.1:*"] }, then: allow }',
        '{ name: names are held, ssh: { forward: ["localhost:*"] }, then: review, chain: dba }',
        `{ name: not its own sshd, ssh: { forward: ["*:${sshd.port}"] }, then: deny }`,
      ],
    });
    environment = await system.environment('engineer');
    const written = await system.run('engineer', 'ssh-config');
    expect(written).toMatchObject({ code: 0 });
    config = path.join(system.folder, 'config', 'hoopx', 'ssh_config');
    expect(written.stdout).toBe(`Include "${config}"\n`);
  });
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
    await sshd.stop();
  });

  function start(program: string, args: readonly string[], input?: string): Running {
    const how = { env: environment, ...(input === undefined ? {} : { input }) };
    return system.spawn(program, args, how);
  }

  const ssh = (args: readonly string[], input?: string): Promise<Ran> =>
    start('ssh', ['-F', config, ...args], input).ended;
  const at = (name: string) => path.join(system.folder, name);

  test('the file is for its owner alone, and names only what the login may use', async () => {
    expect((await stat(config)).mode & 0o777).toBe(0o600);
    const text = await readFile(config, 'utf8');
    expect(text).toContain('Host Ssh-Bastion Ssh-Bastion.hoopx\n');
    expect(text).not.toContain('ssh-closed');
    const printed = await system.run('engineer', 'ssh-config', '--print');
    expect(printed.stdout).toBe(text);
  });

  test('pitfall 34: without a login ssh-proxy ends with 4 and the command to run', async () => {
    const env = { HOOPX_TOKEN: '' };
    const { code, stderr, stdout } = await (
      await system.start('engineer', ['ssh-proxy', 'Ssh-Bastion'], { env })
    ).ended;
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/hoopx login --gateway/);
    const plain = system.spawn('ssh', ['-F', config, 'Ssh-Bastion', 'id'], {
      env: { ...environment, HOOPX_TOKEN: '' },
    });
    expect(await plain.ended).toMatchObject({ code: 255, stdout: '' });
    expect(plain.stderr()).toMatch(/hoopx login --gateway/);
  });

  test('a connection that is closed to the login is refused in clear words', async () => {
    const { code, stderr } = await system.run('engineer', 'ssh-proxy', 'ssh-closed');
    expect(code).toBe(64);
    expect(stderr).toContain('there is no connection ssh-closed');
    const other = await system.run('engineer', 'ssh-proxy', 'pg-test.hoopx');
    expect(other).toMatchObject({ code: 64, stdout: '' });
  });

  test('exit status, stdout, stderr and stdin of a command pass', async () => {
    const ran = await ssh(['Ssh-Bastion', 'cat; echo wrong >&2; exit 7'], 'some input');
    expect(ran).toEqual({ code: 7, stdout: 'some input', stderr: 'wrong\n' });
    expect(await ssh(['-n', 'Ssh-Bastion.hoopx', 'echo ok'])).toMatchObject({ stdout: 'ok\n' });
    expect(await ssh(['Ssh-Bastion', 'cat'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('a denied command exits with 77, and says by what rule', async () => {
    const { code, stderr } = await ssh(['Ssh-Bastion', 'sudo halt']);
    expect(code).toBe(77);
    expect(stderr).toContain('Ask the platform team.');
  });

  test('a held command runs once it is approved, and nothing is told twice', async () => {
    const marker = at('touched');
    const waiting = start('ssh', ['-F', config, 'Ssh-Bastion', `touch ${marker}; echo done`]);
    const { id } = await system.held();
    await waiting.said(`hoopx approve ${id}`);
    expect(existsSync(marker)).toBe(false);
    await system.approve(id);
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(waiting.stderr().split(`hoopx approve ${id}`)).toHaveLength(2);
    expect(existsSync(marker)).toBe(true);
  });

  test('a reviewer who says no gives 80 and the reason', async () => {
    const waiting = start('ssh', ['-F', config, 'Ssh-Bastion', 'sudo reboot']);
    const { id, digest } = await system.held();
    await system.client('reviewer').decide(id, { kind: 'deny', digest, reason: 'not today' });
    expect(await waiting.ended).toMatchObject({ code: 80, stdout: '' });
    expect(waiting.stderr()).toContain('not today');
  });

  test('pitfall 44: a revoked command ends within a second, and says by whom and why', async () => {
    const waiting = start('ssh', [
      ...['-F', config, 'Ssh-Bastion'],
      `echo began; touch ${at('revoked')}; sleep 60`,
    ]);
    const { id } = await system.held();
    await system.approve(id);
    await waiting.said('began');
    const asked = performance.now();
    await system.client('reviewer').cancelRequest(id, 'wrong host');
    const { code } = await waiting.ended;
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(code).not.toBe(0);
    expect(waiting.stderr()).toMatch(/revoked by reviewer.*: wrong host/);
  });

  test('hoopx connect runs the local ssh, with exactly the words given', async () => {
    const words = ['printf', '<%s>', "it's", '', '*', '$HOME', 'a  b'];
    const ran = await system.run('engineer', 'connect', 'Ssh-Bastion', '--', ...words);
    expect(ran).toEqual({ code: 0, stdout: "<it's><><*><$HOME><a  b>", stderr: '' });
    const failed = await system.run(
      'engineer',
      'connect',
      'Ssh-Bastion',
      '--',
      'sh',
      '-c',
      'exit 9',
    );
    expect(failed.code).toBe(9);
    const shell = await system.start('engineer', ['connect', 'Ssh-Bastion'], {
      input: 'echo in a shell; exit 5\n',
    });
    expect(await shell.ended).toMatchObject({ code: 5, stdout: 'in a shell\n' });
    const missing = await system.start('engineer', ['connect', 'Ssh-Bastion'], {
      env: { PATH: '/nonexistent' },
    });
    expect(await missing.ended).toMatchObject({ code: 127, stdout: '' });
    expect(missing.stderr()).toContain('Install the OpenSSH client');
  });

  test('connect --print gives a line that works by itself', async () => {
    const args = ['connect', 'Ssh-Bastion', '--print', '--', 'echo', "it's", 'so'];
    const { stdout, code } = await system.run('engineer', ...args);
    expect(code).toBe(0);
    expect(await start('sh', ['-c', stdout]).ended).toMatchObject({ code: 0, stdout: "it's so\n" });
    const database = await system.run('engineer', 'connect', 'pg-test', '--print');
    expect(database.code).toBe(64);
  });

  test('connect --json stays open, and its line works, by port and by socket', async () => {
    for (const flags of [['--json'], ['--json', '--socket']]) {
      const tunnel = await system.start('engineer', ['connect', 'Ssh-Bastion', ...flags]);
      await tunnel.said('"command":');
      const { command }: { command: string } = JSON.parse(tunnel.stdout());
      const ran = await start('sh', ['-c', `${command} 'echo through; exit 3'`]).ended;
      expect(ran).toMatchObject({ code: 3, stdout: 'through\n' });
      tunnel.child.kill('SIGINT');
      expect((await tunnel.ended).code).toBe(0);
    }
  });

  test('pitfall 34: a port that is open says why it cannot be used, and cries no wolf', async () => {
    const file = at('token');
    await writeFile(file, environment.HOOPX_TOKEN ?? '');
    const args = ['connect', 'Ssh-Bastion', '--json', '--token-file', file];
    const tunnel = await system.start('engineer', args, { env: { HOOPX_TOKEN: '' } });
    await tunnel.said('"command":');
    const { command }: { command: string } = JSON.parse(tunnel.stdout());
    await writeFile(file, 'expired.expired.expired');
    const refused = await start('sh', ['-c', `${command} id`]).ended;
    expect(refused).toMatchObject({ code: 255, stdout: '' });
    expect(refused.stderr).toMatch(/Received disconnect from .*hoopx: .*token/);
    expect(refused.stderr).not.toContain('IDENTIFICATION');
    tunnel.child.kill('SIGINT');
    await tunnel.ended;
  });

  test('a stale host key is replaced before ssh looks at it', async () => {
    const text = await readFile(config, 'utf8');
    const file = /UserKnownHostsFile (\S+)/.exec(text)?.[1] ?? '';
    const right = await readFile(file, 'utf8');
    await writeFile(file, right.replace(/AAAA\S+/, sshd.hostKey.split(' ')[1] ?? ''));
    expect(await ssh(['Ssh-Bastion', 'echo ok'])).toEqual({ code: 0, stdout: 'ok\n', stderr: '' });
    expect(await readFile(file, 'utf8')).toBe(right);
  });

  test.each([
    ['sftp', []],
    ['legacy', ['-O']],
  ])('scp copies in %s mode, there and back', async (mode, flags) => {
    const [near, far, back] = ['near', 'far', 'back'].map((name) => at(`${mode}-${name}`));
    const bytes = randomBytes(3_000_000);
    await writeFile(near ?? '', bytes);
    const scp = (from: string, to: string) =>
      start('scp', ['-q', '-F', config, ...flags, from, to]).ended;
    expect(await scp(near ?? '', `Ssh-Bastion:${far}`)).toMatchObject({ code: 0, stderr: '' });
    expect(await scp(`Ssh-Bastion:${far}`, back ?? '')).toMatchObject({ code: 0, stderr: '' });
    expect(digestOf(await readFile(back ?? ''))).toBe(digestOf(bytes));
    const refused = await scp(`Ssh-Bastion:${at('secret')}`, at('stolen'));
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('keys stay');
  });

  test('sftp lists, renames and fetches, each file decided by itself', async () => {
    await mkdir(at('tree'));
    await writeFile(at('tree/one'), 'first');
    await writeFile(at('tree/secret-key'), 'hidden');
    const batch = [
      `cd ${at('tree')}`,
      'ls -1',
      'rename one two',
      `get two ${at('fetched')}`,
      `-get secret-key ${at('stolen')}`,
    ];
    const ran = await start(
      'sftp',
      ['-q', '-F', config, '-b', '-', 'Ssh-Bastion'],
      batch.join('\n'),
    ).ended;
    expect(ran.code).toBe(0);
    expect(await readFile(at('fetched'), 'utf8')).toBe('first');
    expect(existsSync(at('stolen'))).toBe(false);
    expect(ran.stderr).toContain('keys stay');
  });

  test('git clones and pushes', async () => {
    const env = {
      ...environment,
      GIT_SSH_COMMAND: `ssh -F ${config}`,
      GIT_CONFIG_GLOBAL: '/dev/null',
    };
    const git = async (...args: string[]) => {
      const ran = await system.spawn('git', args, { env }).ended;
      expect(ran).toMatchObject({ code: 0 });
    };
    await git('init', '-q', '--bare', at('origin.git'));
    await git('clone', '-q', `Ssh-Bastion:${at('origin.git')}`, at('work'));
    await writeFile(at('work/file'), randomBytes(100_000));
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    await git('-C', at('work'), 'add', 'file');
    await git('-C', at('work'), ...identity, 'commit', '-q', '-m', 'one');
    await git('-C', at('work'), 'push', '-q', 'origin', 'HEAD');
    await git('clone', '-q', `Ssh-Bastion:${at('origin.git')}`, at('again'));
    expect(await readFile(at('again/file'))).toEqual(await readFile(at('work/file')));
  });

  describeWith(['rsync'], 'rsync', () => {
    test('copies a folder both ways', async () => {
      await mkdir(at('folder/deep'), { recursive: true });
      await writeFile(at('folder/deep/file'), randomBytes(500_000));
      const rsync = (from: string, to: string) =>
        start('rsync', ['-a', '-e', `ssh -F ${config}`, from, to]).ended;
      expect(await rsync(`${at('folder')}/`, `Ssh-Bastion:${at('there')}`)).toMatchObject({
        code: 0,
      });
      expect(await rsync(`Ssh-Bastion:${at('there')}/`, at('back'))).toMatchObject({ code: 0 });
      const [first, last] = [at('folder/deep/file'), at('back/deep/file')];
      expect(await readFile(last)).toEqual(await readFile(first));
    });
  });

  test('one connection carries several commands, each decided by itself', async () => {
    const control = ['-o', `ControlPath=${at('mux-%C')}`];
    const master = start('ssh', ['-F', config, ...control, '-M', '-N', 'Ssh-Bastion']);
    const check = () => ssh([...control, '-O', 'check', 'Ssh-Bastion']);
    await expect.poll(async () => (await check()).code, { timeout: 20_000 }).toBe(0);
    const through = (command: string) => ssh([...control, 'Ssh-Bastion', command]);
    const answers = await Promise.all([
      through('echo one'),
      through('sudo halt'),
      through('echo two; exit 2'),
    ]);
    expect(answers).toMatchObject([
      { code: 0, stdout: 'one\n' },
      { code: 77, stdout: '' },
      { code: 2, stdout: 'two\n' },
    ]);
    const { items } = await system.client('engineer').listSessions();
    expect(items).toHaveLength(1);
    await ssh([...control, '-O', 'exit', 'Ssh-Bastion']);
    await master.ended;
  });

  test('pitfall 17: ssh -L reaches what a rule allows, and never the target’s own sshd', async () => {
    const server = createServer((socket) => socket.end('over there\n'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const open = typeof address === 'object' ? address?.port : 0;
    const [allowed, refused] = [at('allowed.sock'), at('refused.sock')];
    const forward = start('ssh', [
      ...['-F', config, '-N', '-o', 'ExitOnForwardFailure=yes'],
      ...['-L', `${allowed}:127.0.0.1:${open}`, '-L', `${refused}:127.0.0.1:${sshd.port}`],
      'Ssh-Bastion',
    ]);
    await expect
      .poll(() => existsSync(allowed) && existsSync(refused), { timeout: 20_000 })
      .toBe(true);
    expect(await heard(allowed)).toBe('over there\n');
    expect(await heard(refused)).toBe('');
    expect(forward.stderr()).toContain('administratively prohibited');
    forward.child.kill('SIGTERM');
    await forward.ended;
    server.close();
  });

  test('a held forwarding is told of on the terminal, and opens once it is approved', async () => {
    const near = at('held.sock');
    const forward = start('ssh', [
      ...['-F', config, '-N', '-L', `${near}:localhost:${system.postgres.port}`],
      'Ssh-Bastion',
    ]);
    await expect.poll(() => existsSync(near), { timeout: 20_000 }).toBe(true);
    const socket = connect(near);
    const { id } = await system.held();
    await forward.said(`hoopx approve ${id}`);
    await system.approve(id);
    await forward.said(`${id} was approved by`);
    await system.reached(id, 'running', 'succeeded');
    socket.destroy();
    forward.child.kill('SIGTERM');
    await forward.ended;
  });

  test('a killed session ends ssh at once, and the terminal is told by whom', async () => {
    const running = start('ssh', ['-F', config, 'Ssh-Bastion', 'echo began; sleep 60']);
    await running.said('began');
    const { items } = await system.client('engineer').listSessions();
    const asked = performance.now();
    await system.run('engineer', 'sessions', 'kill', items[0]?.id ?? '');
    await running.ended;
    expect(performance.now() - asked).toBeLessThan(3_000);
    expect(running.stderr()).toContain('ended by engineer');
  });

  test('ssh-config --remove takes away what it wrote', async () => {
    await mkdir(at('.ssh'));
    await writeFile(at('.ssh/config'), 'Host other\n  User x\n');
    await chmod(at('.ssh/config'), 0o644);
    const installed = await system.run('engineer', 'ssh-config', '--install');
    expect(installed.code).toBe(0);
    expect(await readFile(at('.ssh/config'), 'utf8')).toBe(
      `Include "${config}"\nHost other\n  User x\n`,
    );
    const removed = await system.run('engineer', 'ssh-config', '--remove');
    expect(removed.code).toBe(0);
    expect(await readFile(at('.ssh/config'), 'utf8')).toBe('Host other\n  User x\n');
    expect(existsSync(config)).toBe(false);
  });
});

/** All that is said at a Unix socket. */
async function heard(file: string): Promise<string> {
  const socket = connect(file).setEncoding('utf8');
  let said = '';
  for await (const text of socket) said += text;
  return said;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
