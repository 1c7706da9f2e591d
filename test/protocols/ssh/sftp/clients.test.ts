import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeWith } from '../../../peers/require-peer.ts';
import { decisions } from './decisions.ts';
import { realSftp } from './real-client.ts';

describeWith(['sftp', 'sftp-server'], 'OpenSSH’s sftp through the relay', () => {
  test('a refused file is denied, and the session goes on', async () => {
    const made = decisions(({ paths }) =>
      paths.some((name) => name.endsWith('/secret')) ? 'not yours' : null,
    );
    const { local, remote, run, ends, settled } = await realSftp(made);
    writeFileSync(path.join(remote, 'secret'), 'secret');
    symlinkSync('secret', path.join(remote, 'harmless'));
    writeFileSync(path.join(remote, 'public'), 'public');
    writeFileSync(path.join(local, 'mine'), 'mine');
    const { exitCode, stderr } = await run([
      '-get secret',
      '-get harmless',
      '-put mine secret',
      '-rm secret',
      '-rename secret mine',
      '-chmod 777 secret',
      'get public',
    ]);
    expect(exitCode).toBe(0);
    expect(stderr.match(/permission denied/gi)?.length).toBeGreaterThanOrEqual(5);
    expect(existsSync(path.join(local, 'secret'))).toBe(false);
    expect(existsSync(path.join(local, 'harmless'))).toBe(false);
    expect(readFileSync(path.join(remote, 'secret'), 'utf8')).toBe('secret');
    expect(readFileSync(path.join(local, 'public'), 'utf8')).toBe('public');
    expect(settled.at(-1)).toMatchObject({ outcome: 'succeeded', message: 'read 6 bytes' });
    expect(ends).toEqual([null]);
  });

  test('a refused command ends a batch with an error', async () => {
    const { run } = await realSftp(decisions(({ kind }) => (kind === 'sftp_mkdir' ? 'no' : null)));
    const { exitCode, stderr } = await run(['mkdir folder']);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/permission denied/i)]);
  });

  test('get, put, rename, rm, mkdir, rmdir, ls, chmod, ln, df do what they say', async () => {
    const { local, remote, run, ends, asked, settled } = await realSftp();
    const at = (name: string) => path.join(remote, name);
    writeFileSync(path.join(local, 'mine'), 'mine', { mode: 0o640 });
    const { exitCode, stdout, stderr } = await run([
      'mkdir folder',
      'cd folder',
      'put mine',
      'put -p mine kept',
      'rename mine yours',
      'chmod 600 yours',
      'symlink yours soft',
      'ln yours hard',
      'get soft back',
      'ls -l',
      'ls ..',
      'df .',
      'rm kept',
      'mkdir empty',
      'rmdir empty',
      'get -r ../folder copied',
      'put -r copied',
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readFileSync(at('folder/yours'), 'utf8')).toBe('mine');
    expect(statSync(at('folder/yours')).mode & 0o777).toBe(0o600);
    expect(readlinkSync(at('folder/soft'))).toBe('yours');
    expect(statSync(at('folder/hard')).nlink).toBe(2);
    expect(existsSync(at('folder/kept'))).toBe(false);
    expect(existsSync(at('folder/empty'))).toBe(false);
    expect(existsSync(at('folder/copied/hard'))).toBe(true);
    expect(readFileSync(path.join(local, 'back'), 'utf8')).toBe('mine');
    expect(stdout).toMatch(/-rw------- .* yours/);
    expect(stdout).toMatch(/%Capacity|Avail/);
    expect(ends).toEqual([null]);
    expect(settled).toHaveLength(asked.length);
    expect(new Set(asked.map(({ kind }) => kind))).toEqual(
      new Set([
        ...['sftp_read', 'sftp_write', 'sftp_list', 'sftp_stat', 'sftp_setstat', 'sftp_remove'],
        ...['sftp_rename', 'sftp_mkdir', 'sftp_rmdir', 'sftp_link'],
      ]),
    );
    expect(asked.find(({ kind }) => kind === 'sftp_write')).toMatchObject({
      paths: [at('folder/mine')],
      summary: `write ${at('folder/mine')} (create, truncate, mode 0640)`,
      input: true,
    });
  });

  test('a write is told with its bytes, for `put` and for `put -a`', async () => {
    const { local, remote, run, settled } = await realSftp();
    writeFileSync(path.join(local, 'file'), Buffer.alloc(100_000, 'a'));
    writeFileSync(path.join(remote, 'file'), Buffer.alloc(40_000, 'a'));
    expect(await run(['put -a file'])).toMatchObject({ exitCode: 0 });
    expect(statSync(path.join(remote, 'file')).size).toBe(100_000);
    const write = settled.find(({ summary }) => summary.startsWith('write'));
    expect(write).toMatchObject({ outcome: 'succeeded', message: 'wrote 60000 bytes' });
  });

  test('folders behind links and `..` are decided where they are', async () => {
    const made = decisions(({ kind, paths }) =>
      kind === 'sftp_read' && paths.some((name) => name.includes('/private/')) ? 'no' : null,
    );
    const { local, remote, run } = await realSftp(made);
    mkdirSync(path.join(remote, 'private'));
    mkdirSync(path.join(remote, 'open'));
    writeFileSync(path.join(remote, 'private/key'), 'key');
    symlinkSync('../private', path.join(remote, 'open/link'));
    const { stderr } = await run([
      '-get open/link/key 1',
      '-get open/../private/key 2',
      'cd open/link',
      '-get key 3',
      '-get ../private/key 4',
    ]);
    expect(stderr.match(/permission denied/gi)?.length).toBeGreaterThanOrEqual(4);
    for (const name of ['1', '2', '3', '4']) {
      expect(existsSync(path.join(local, name))).toBe(false);
    }
  });

  test('a held file waits, and then comes', async () => {
    const made = decisions(async ({ kind }) => {
      if (kind === 'sftp_read') await new Promise((resolve) => setTimeout(resolve, 300));
      return null;
    });
    const { local, remote, run } = await realSftp(made);
    writeFileSync(path.join(remote, 'file'), 'late');
    expect(await run(['get file'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(path.join(local, 'file'), 'utf8')).toBe('late');
  });
});
