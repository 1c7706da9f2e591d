import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newestTransfer } from './recorded.ts';
import { describeWith } from './require-peer.ts';
import { type SshSystem, startSshSystem } from './ssh-system.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describeWith(['postgres', 'sshd', 'ssh', 'scp'], 'recordings of scp as it was before', () => {
  let ssh: SshSystem;
  beforeAll(async () => {
    ssh = await startSshSystem({
      rules: [
        '{ name: copies pass, ssh: { kind: [exec, scp], class: [plain, opaque] }, then: allow }',
      ],
    });
  });
  afterAll(() => ssh[Symbol.asyncDispose]());

  const scp = (...args: readonly string[]) => ssh.run('scp', ['-O', '-F', ssh.config, ...args]);
  const at = (...names: readonly string[]) => ssh.at(...names);
  const newest = () => newestTransfer(ssh.system);

  test('a file that the server refuses is no file that arrived', async () => {
    await writeFile(at('up.txt'), 'secret contents');
    expect((await scp(at('up.txt'), `host:${at('missing', 'up.txt')}`).ended).code).not.toBe(0);
    const { files, end, text, id } = await newest();
    expect(files).toMatchObject([
      { path: at('missing', 'up.txt'), direction: 'upload', bytes: 0, problem: 'refused' },
    ]);
    expect(files[0].message).toContain('No such file or directory');
    expect(end).toMatchObject({ exit: 1, transfer: { files: 1, gaveUp: null } });
    expect(text).not.toContain('secret contents');
    const shown = await ssh.system.run('engineer', 'sessions', 'replay', id);
    expect(shown.stdout).toMatch(/upload .*missing\/up\.txt.*, refused: scp: .*No such file/);
  });

  test('what the server cannot give is told in its words', async () => {
    expect((await scp(`host:${at('missing')}`, at('down')).ended).code).not.toBe(0);
    const { files, text } = await newest();
    expect(files).toEqual([]);
    expect(text).toMatch(/"type":"output".*No such file or directory/);
  });

  test('Ctrl-C in the middle of a file leaves it incomplete', async () => {
    await writeFile(at('long'), Buffer.alloc(40_000_000, 'planted '));
    const copying = scp('-l', '20000', at('long'), `host:${at('long-there')}`);
    await expect
      .poll(() =>
        readFile(at('long-there')).then(
          ({ length }) => length,
          () => 0,
        ),
      )
      .toBeGreaterThan(100_000);
    copying.child.kill('SIGINT');
    await copying.ended;
    const { files, text } = await newest();
    expect(files).toMatchObject([{ path: at('long-there'), problem: 'incomplete' }]);
    expect(files[0].bytes).toBeGreaterThan(100_000);
    expect(files[0].bytes).toBeLessThan(40_000_000);
    expect(text).not.toContain('planted');
  });

  test('up and down: path, size and digest, and nothing of the contents', async () => {
    const contents = 'secret contents '.repeat(50_000);
    await writeFile(at('up.txt'), contents);
    expect((await scp(at('up.txt'), `host:${at('there.txt')}`).ended).code).toBe(0);
    const whole = { operation: 1, bytes: contents.length, sha256: sha256(contents) };
    const up = await newest();
    expect(up.files).toEqual([
      {
        ...{ at: expect.any(Number), type: 'file', channel: 1, ...whole },
        ...{ path: at('there.txt'), name: 'up.txt', direction: 'upload' },
      },
    ]);
    expect((await scp(`host:${at('there.txt')}`, at('down.txt')).ended).code).toBe(0);
    expect(await readFile(at('down.txt'), 'utf8')).toBe(contents);
    const down = await newest();
    expect(down.files).toEqual([
      {
        ...{ at: expect.any(Number), type: 'file', channel: 1, ...whole },
        ...{ path: at('there.txt'), direction: 'download' },
      },
    ]);
    expect(up.text + down.text).not.toContain('secret contents');
    const { items } = await ssh.system.client('engineer').listRecordings({ text: 'up.txt' });
    expect(items.map(({ id }) => id)).toContain(up.id);
  });

  test('a short text that is read is no output that is kept', async () => {
    await writeFile(at('short'), 'secret contents');
    expect((await scp(`host:${at('short')}`, at('short-down')).ended).code).toBe(0);
    const { files, text } = await newest();
    expect(files).toMatchObject([{ path: at('short'), sha256: sha256('secret contents') }]);
    expect(text).not.toContain('secret contents');
  });

  test('folders, with times, odd names and empty files', async () => {
    const names = ['plain', 'with space', 'new\nline', 'esc\u001b[31m', 'empty'];
    await mkdir(at('tree', 'in'), { recursive: true });
    for (const name of names) await writeFile(at('tree', 'in', name), name === 'empty' ? '' : name);
    await mkdir(at('target'));
    expect((await scp('-r', '-p', at('tree'), `host:${at('target')}/`).ended).code).toBe(0);
    const digests = names.map((name) => sha256(name === 'empty' ? '' : name));
    const up = await newest();
    const called = (name: string) => name.replace('\n', '\\^J');
    expect(up.end).toMatchObject({ transfer: { files: names.length, gaveUp: null } });
    expect(new Map(up.files.map((file) => [file.path, file.sha256]))).toEqual(
      new Map(names.map((name, i) => [at('target', 'tree', 'in', called(name)), digests[i]])),
    );
    expect((await scp('-r', `host:${at('tree')}`, at('back')).ended).code).toBe(0);
    const down = await newest();
    expect(down.end).toMatchObject({ exit: 0, transfer: { files: names.length, gaveUp: null } });
    expect(new Map(down.files.map((file) => [file.path, file.sha256]))).toEqual(
      new Map(names.map((name, i) => [at('tree', 'in', called(name)), digests[i]])),
    );
  });
});
