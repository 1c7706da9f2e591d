import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newestTransfer } from './recorded.ts';
import { describeWith } from './require-peer.ts';
import { type SshSystem, startSshSystem } from './ssh-system.ts';

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describeWith(['postgres', 'sshd', 'ssh', 'scp', 'sftp'], 'recordings of SFTP', () => {
  let ssh: SshSystem;
  beforeAll(async () => {
    ssh = await startSshSystem({
      sftp: true,
      rules: [
        '{ name: files pass, ssh: { kind: [sftp_read, sftp_write, sftp_list, sftp_stat, sftp_setstat] }, then: allow }',
      ],
    });
  });
  afterAll(() => ssh[Symbol.asyncDispose]());

  const scp = (...args: readonly string[]) => ssh.run('scp', ['-s', '-F', ssh.config, ...args]);
  const at = (...names: readonly string[]) => ssh.at(...names);
  const newest = () => newestTransfer(ssh.system);
  const sizeOf = (file: string) =>
    stat(file).then(
      ({ size }) => size,
      () => 0,
    );

  test('a file that the server does not open is no file that arrived, in its words', async () => {
    await writeFile(at('up.txt'), 'secret contents');
    for (const [there, words] of [
      [at('missing', 'up.txt'), 'No such file'],
      ['/proc/sys/kernel/ngroups_max', 'Permission denied'],
    ] as const) {
      expect((await scp(at('up.txt'), `host:${there}`).ended).code).not.toBe(0);
      const { files, text, id } = await newest();
      const refused = { bytes: 0, sha256: null, problem: 'refused', message: words };
      expect(files).toMatchObject([{ path: there, direction: 'upload', ...refused }]);
      expect(text).not.toContain('secret contents');
      const shown = await ssh.system.run('engineer', 'sessions', 'replay', id);
      expect(shown.stdout).toContain(`${there}`);
      expect(shown.stdout).toContain(`refused: ${words}`);
    }
  });

  test('nor is one that it does not keep', async () => {
    expect((await scp(at('up.txt'), 'host:/dev/full').ended).code).not.toBe(0);
    const { files } = await newest();
    expect(files).toMatchObject([
      { path: '/dev/full', bytes: 15, problem: 'refused', message: 'Failure' },
    ]);
  });

  test('Ctrl-C in the middle of a file leaves it incomplete, up and down', async () => {
    const long = Buffer.alloc(40_000_000, 'planted ');
    await writeFile(at('long'), long);
    for (const [from, to, there, direction] of [
      [at('long'), `host:${at('long-there')}`, 'long-there', 'upload'],
      [`host:${at('long')}`, at('long-back'), 'long', 'download'],
    ] as const) {
      const copying = scp('-l', '20000', from, to);
      const copy = direction === 'upload' ? at('long-there') : at('long-back');
      await expect.poll(() => sizeOf(copy), { timeout: 20_000 }).toBeGreaterThan(100_000);
      copying.child.kill('SIGINT');
      await copying.ended;
      const { files, text } = await newest();
      expect(files).toMatchObject([{ path: at(there), direction, problem: 'incomplete' }]);
      expect(files[0].bytes).toBeGreaterThan(100_000);
      expect(files[0].bytes).toBeLessThan(long.length);
      expect(text).not.toContain('planted');
    }
  });

  test('a whole file has no problem, with scp and with sftp', async () => {
    const contents = 'secret contents '.repeat(50_000);
    await writeFile(at('up.txt'), contents);
    const whole = { bytes: contents.length, sha256: sha256(contents) };
    const copied = { ...{ at: expect.any(Number), type: 'file', channel: 1 }, ...whole };
    expect((await scp(at('up.txt'), `host:${at('there.txt')}`).ended).code).toBe(0);
    const up = { path: at('there.txt'), direction: 'upload', operation: expect.any(Number) };
    expect((await newest()).files).toEqual([{ ...copied, ...up }]);
    const batch = `get ${at('there.txt')} ${at('down.txt')}\nget ${at('missing')}\n`;
    const sftp = ssh.run('sftp', ['-F', ssh.config, '-b', '-', 'host'], batch);
    expect((await sftp.ended).code).not.toBe(0);
    expect(await readFile(at('down.txt'), 'utf8')).toBe(contents);
    const { files, text } = await newest();
    expect(files).toEqual([{ ...copied, ...up, direction: 'download' }]);
    expect(text).not.toContain('secret contents');
  });
});
