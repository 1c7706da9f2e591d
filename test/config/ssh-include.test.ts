import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { installInclude, removeInclude, userSshConfig } from '../../src/config/ssh-include.ts';

const line = 'Include "/home/ann/.config/hoopx/ssh_config"';
let home: string;
let file: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'hoopx-home-'));
  file = userSshConfig(home);
  onTestFinished(() => rm(home, { recursive: true, force: true }));
});

async function given(bytes: Buffer | string, mode = 0o600): Promise<void> {
  await mkdir(path.dirname(file), { mode: 0o700 });
  await writeFile(file, bytes);
  await chmod(file, mode);
}

async function modeOf(name: string): Promise<number> {
  return (await stat(name)).mode & 0o777;
}

describe('the line in ~/.ssh/config', () => {
  it('makes the file, for its owner alone, where there is none', async () => {
    expect(await installInclude(file, line)).toBe(true);
    expect(await readFile(file, 'utf8')).toBe(`${line}\n`);
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(path.dirname(file))).toBe(0o700);
  });

  it('comes first, once, and leaves every other byte and the mode', async () => {
    const before = Buffer.concat([
      Buffer.from('Host *\r\n\tUser bob # no newline at the end, and no UTF-8: '),
      Buffer.from([0xff, 0xfe, 0x00]),
    ]);
    await given(before, 0o644);
    expect(await installInclude(file, line)).toBe(true);
    expect(await installInclude(file, line)).toBe(false);
    expect(await readFile(file)).toEqual(Buffer.concat([Buffer.from(`${line}\n`), before]));
    expect(await modeOf(file)).toBe(0o644);
    expect(await removeInclude(file, line)).toBe(true);
    expect(await removeInclude(file, line)).toBe(false);
    expect(await readFile(file)).toEqual(before);
    expect(await modeOf(file)).toBe(0o644);
  });

  it('moves to the top from where it would hold for one host alone', async () => {
    await given(`Host a\n  User b\n  ${line}\n`);
    expect(await installInclude(file, line)).toBe(true);
    expect(await readFile(file, 'utf8')).toBe(`${line}\nHost a\n  User b\n`);
  });

  it('goes to where a link leads, and the link stays', async () => {
    const real = path.join(home, 'dotfiles');
    await writeFile(real, 'Host a\n');
    await mkdir(path.dirname(file));
    await symlink(real, file);
    await installInclude(file, line);
    expect(await readFile(real, 'utf8')).toBe(`${line}\nHost a\n`);
    await writeFile(real, 'Host a\n');
    expect(await readFile(file, 'utf8')).toBe('Host a\n');
  });

  it('is not made by taking it away', async () => {
    expect(await removeInclude(file, line)).toBe(false);
    await expect(stat(path.dirname(file))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
