import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from './chromium.ts';
import { newestRecording } from './recorded.ts';
import { describeWith } from './require-peer.ts';
import type { RunningSystem } from './running-system.ts';
import { type SshSystem, startSshSystem } from './ssh-system.ts';

describeWith(['postgres', 'sshd', 'ssh', 'scp', 'chromium'], 'recordings of SSH', () => {
  let ssh: SshSystem;
  let system: RunningSystem;
  beforeAll(async () => {
    ssh = await startSshSystem({
      sftp: true,
      rules: [
        '{ name: commands pass, ssh: { kind: [exec, shell, scp], class: [plain, opaque] }, then: allow }',
        '{ name: files pass, ssh: { kind: [sftp_read, sftp_write, sftp_list, sftp_stat, sftp_setstat] }, then: allow }',
        '{ name: never halt, ssh: { commands: [halt] }, then: deny }',
      ],
    });
    system = ssh.system;
  });
  afterAll(() => ssh[Symbol.asyncDispose]());

  const run = (program: string, args: readonly string[], input?: string) =>
    ssh.run(program, ['-F', ssh.config, ...args], input);
  const newest = () => newestRecording(system);

  /** In a real browser, which asks nobody for anything. */
  async function expectPlayed(html: string, wanted: string) {
    const file = path.join(system.folder, 'page.html');
    await writeFile(file, html);
    await using chromium = await startChromium();
    const page = await chromium.context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`file://${file}`);
    await page.locator('.ap-player').click();
    await expect.poll(() => page.locator('.ap-term').innerText()).toContain(wanted);
    expect(asked.filter((url) => !/^(data|blob):/.test(url))).toEqual([`file://${file}`]);
    expect(html.includes('Apache License')).toBe(true);
  }

  test('a denied command leaves its refusal, and no output', async () => {
    expect((await run('ssh', ['host', 'halt']).ended).code).not.toBe(0);
    const { events } = await newest();
    const decided = events.find(({ type }) => type === 'decided');
    expect(decided).toMatchObject({ verdict: 'deny', ran: false, summary: 'halt' });
    expect(events.some(({ type }) => type === 'output')).toBe(false);
  });

  test('a terminal is an asciicast: what it showed, and not what was typed', async () => {
    const script = "stty -echo; printf 'Password: '; read -r word; stty echo; echo; echo got-it";
    const command = '(sleep 3; echo hunter2-typed) | ssh -F "$1" -tt host "$2"';
    const typed = ssh.run('sh', ['-c', command, 'sh', ssh.config, script]);
    expect((await typed.ended).stdout).toContain('got-it');
    const { id, folder, text } = await newest();
    expect(await readdir(folder)).toEqual(['meta.json', 'session.ndjson', 'terminal-1.cast']);
    const cast = await readFile(path.join(folder, 'terminal-1.cast'), 'utf8');
    const [head = '', ...lines] = cast.trimEnd().split('\n');
    expect(JSON.parse(head)).toMatchObject({ version: 3, term: { cols: 80, rows: 24 } });
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map(([, , data]) => data).join('')).toContain('Password: ');
    expect(events.at(-1)).toEqual([expect.any(Number), 'x', '0']);
    expect(new Set(events.map(([, code]) => code))).toEqual(new Set(['o', 'x']));
    expect(text + cast).not.toContain('hunter2-typed');
    const shown = await system.run('engineer', 'sessions', 'replay', id);
    expect(shown.stdout).toContain('got-it');
    const page = await system.run('engineer', 'sessions', 'export', id, '--html');
    await expectPlayed(page.stdout, 'got-it');
  });

  test('without a terminal: output, and of input its size and digest', async () => {
    const input = 'typed into a pipe\n';
    await run('ssh', ['host', 'wc -c'], input).ended;
    const { events, text } = await newest();
    const sha256 = createHash('sha256').update(input).digest('hex');
    expect(events.find(({ type }) => type === 'channel_end')).toMatchObject({
      ...{ exit: 0, stdin: { bytes: input.length, sha256 } },
    });
    expect(events.find(({ type }) => type === 'output').text).toBe('18\n');
    expect(text).not.toContain('typed into');
  });

  test('a file of scp: its name, size and digest, and none of it', async () => {
    const contents = 'secret contents '.repeat(50_000);
    const from = path.join(system.folder, 'up.txt');
    const to = path.join(system.folder, 'there.txt');
    await writeFile(from, contents);
    expect((await run('scp', [from, `host:${to}`]).ended).code).toBe(0);
    const { events, text } = await newest();
    expect(events.find(({ type }) => type === 'file')).toMatchObject({
      ...{ path: to, direction: 'upload', bytes: contents.length },
      sha256: createHash('sha256').update(contents).digest('hex'),
    });
    expect(text).not.toContain('secret contents');
  });

  test('what runs in a channel, and each file, is under its number, and what is refused too', async () => {
    const last = async () => {
      const { events } = await newest();
      return (type: string) => events.filter((each) => each.type === type);
    };
    await run('ssh', ['host', 'halt']).ended;
    const refused = await last();
    expect(refused('channel')).toMatchObject([{ operation: 1, command: 'halt' }]);
    expect(refused('decided')).toMatchObject([{ operation: 1, ran: false }]);
    const files = ['one', 'two'].map((name) => path.join(system.folder, name));
    for (const file of files) await writeFile(file, file);
    const copy = path.join(system.folder, 'copies');
    await mkdir(copy);
    expect((await run('scp', [...files, `host:${copy}/`]).ended).code).toBe(0);
    const copied = await last();
    const transfers = copied('file');
    expect(transfers).toHaveLength(2);
    for (const { operation, path: there } of transfers) {
      const opened = copied('decided').find((each) => each.operation === operation);
      expect(opened.summary).toContain(`write ${there}`);
    }
  });

  test('kill -9 of the gateway loses at most the last second, and the rest is readable', async () => {
    const running = run('ssh', ['-tt', 'host', 'echo before; sleep 60']);
    await running.said('before');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await system.gateway.kill9();
    await running.ended;
    await system.gateway.start();
    const { items } = await system.client('engineer').listRecordings({ limit: 1 });
    expect(items[0]).toMatchObject({ state: 'cut_off', endedAt: null });
    const shown = await system.run('engineer', 'sessions', 'replay', items[0]?.id ?? '');
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('    before')]);
  });
});
