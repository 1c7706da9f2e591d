import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundled } from '../bundled.ts';
import { describeWith } from '../peers/require-peer.ts';
import { startTmux, type Tmux } from './tmux.ts';

let program: string;
let tmux: Tmux;

async function start(mode = 'color', setting = 'unset CI NO_COLOR FORCE_COLOR'): Promise<void> {
  const file = path.join(tmux.folder, 'decisions');
  const run = `(${setting}; node ${program} ${file} ${mode})`;
  await tmux.keys(`clear; stty -g > ${tmux.folder}/before; ${run}`, 'Enter');
  await tmux.until('3 waiting');
}

const decisions = async (): Promise<unknown> =>
  JSON.parse(await readFile(path.join(tmux.folder, 'decisions'), 'utf8'));

async function signal(name: NodeJS.Signals): Promise<void> {
  process.kill(Number(await readFile(path.join(tmux.folder, 'decisions.pid'), 'utf8')), name);
}

async function expectRestored(): Promise<void> {
  await tmux.until(/ready> *\n*$/);
  expect(await tmux.ask('alternate_on')).toBe('0');
  expect(await tmux.ask('cursor_flag')).toBe('1');
  expect(await tmux.ask('wrap_flag')).toBe('1');
  const { folder } = tmux;
  await tmux.keys(`clear; stty -g | cmp - ${folder}/before && echo same""modes`, 'Enter');
  await tmux.until('samemodes');
}

describeWith(['tmux'], 'the reviewers’ screen in a terminal', () => {
  beforeAll(async () => {
    program = await bundled(path.join(import.meta.dirname, 'smoke-program.ts'));
  });
  beforeEach(async () => {
    tmux = await startTmux(80, 24);
  });
  afterEach(() => tmux[Symbol.asyncDispose]());

  it('approves what was opened, read and confirmed, and nothing else', async () => {
    await start();
    await tmux.keys('Enter');
    await tmux.until('a approve');
    await tmux.keys('a');
    await tmux.until('Approve req_01?');
    await delay(300);
    await tmux.keys('y');
    await tmux.until('req_01  approved');
    await tmux.keys('q');
    await tmux.until('ended {"kind":"quit"}');
    expect(await decisions()).toMatchObject([{ id: 'req_01', decision: { kind: 'approve' } }]);
    await expectRestored();
  });

  it.each(['bracketed', 'plain'] as const)('approves nothing for a %s paste', async (how) => {
    await start();
    await delay(500);
    await tmux.paste('\ray\ny\na', how);
    await delay(500);
    await tmux.paste('ayy', how);
    await delay(500);
    await tmux.keys('C-c');
    await tmux.until('ended {"kind":"interrupted"}');
    expect(await decisions()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const)(
    'pitfall 39: gives the terminal back after %s',
    async (name) => {
      await start();
      await signal(name);
      await expectRestored();
    },
  );

  it('pitfall 39: gives the terminal back after a crash, and shows the error', async () => {
    await start('crash');
    await signal('SIGUSR2');
    await tmux.until('planted crash');
    await expectRestored();
  });

  it('pitfall 39: leaves the scrollback as it was', async () => {
    await tmux.keys('clear; echo before the screen', 'Enter');
    await tmux.until('before the screen');
    await start();
    await tmux.keys('j', 'Enter');
    await tmux.until('Exactly this');
    for (let page = 0; page < 5; page += 1) await tmux.keys('Space');
    expect(await tmux.ask('history_size')).toBe('0');
    await tmux.keys('q');
    await expectRestored();
  });

  it('stops for Ctrl-Z, and draws again when it is continued', async () => {
    await start();
    await tmux.keys('C-z');
    await tmux.until('Stopped');
    expect(await tmux.ask('alternate_on')).toBe('0');
    await tmux.keys('fg', 'Enter');
    await tmux.until('3 waiting');
    expect(await tmux.ask('alternate_on')).toBe('1');
    await tmux.keys('Enter');
    await tmux.until('Exactly this');
    await tmux.keys('q');
    await expectRestored();
  });

  it('follows the size of the terminal', async () => {
    await start();
    await tmux.keys('Enter');
    await tmux.until('a approve');
    await tmux.resize(40, 10);
    await tmux.until(/lines 1–\d of/);
    await tmux.resize(20, 5);
    await tmux.until('Too small');
    await tmux.resize(120, 40);
    const screen = await tmux.until('Digest');
    expect(screen.split('\n').filter((line) => line.includes('req_01')).length).toBe(2);
  });

  it('draws for the person who is there although CI is set', async () => {
    await start('color', 'export CI=true');
    await tmux.keys('Enter');
    await tmux.until('Exactly this');
  });

  it.each([
    ['color', true],
    ['plain', false],
  ] as const)('draws in %s as asked', async (mode, colored) => {
    await start(mode);
    expect(/\[3[0-7]m/.test(await tmux.painted())).toBe(colored);
  });
});
