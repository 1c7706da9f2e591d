import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../peers/require-peer.ts';
import { startTmux, type Tmux } from '../tui/tmux.ts';

const program = path.join(import.meta.dirname, '..', '..', 'bin', 'run.js');
const head = {
  ...{ schema: 'hoopx.recording/v1', session: 'ses_keys', startedAt: '2026-01-31T12:00:00.000Z' },
  ...{ protocol: 'ssh', connection: { name: 'host', revision: 'r' }, client: 'ssh', mode: 'live' },
  ...{ principal: { name: 'ada', kind: 'human', person: 'ada' }, reason: null },
};
const terminal = { at: 0, type: 'terminal', channel: 1, file: 'terminal-1.cast', command: null };
/** A minute, in which something is held at 0:30. */
const cast = [
  { version: 3, term: { cols: 80, rows: 24 } },
  [0, 'o', 'first\r\n'],
  [10, 'o', 'second\r\n'],
  [20, 'm', 'held req_1: reboot'],
  [0, 'o', 'third\r\n'],
  [30, 'o', 'last\r\n'],
];

describeWith(['tmux'], 'the keys of a replay', () => {
  let tmux: Tmux;
  beforeEach(async () => {
    tmux = await startTmux(100, 24);
    const folder = path.join(tmux.folder, 'ses_keys');
    await mkdir(folder);
    const text = (lines: readonly object[]) =>
      lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFile(path.join(folder, 'session.ndjson'), text([head, terminal]));
    await writeFile(path.join(folder, 'terminal-1.cast'), text(cast));
    const words = `sessions replay --file ${folder} --idle 60`;
    await tmux.keys(`stty -g >${folder}/before; ${process.execPath} ${program} ${words}`, 'Enter');
    await tmux.until('first');
  });
  afterEach(() => tmux[Symbol.asyncDispose]());

  it('pause it, and nothing goes on meanwhile', async () => {
    await tmux.keys('Space');
    const paused = await tmux.until(/0:0\d\.\d of 1:00\.0 ×1/);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await tmux.screen()).toBe(paused);
    await tmux.keys('q');
    await tmux.until(/ready> *\n*$/);
  });

  it('jump to the next held command, seek both ways, and change its speed', async () => {
    await tmux.keys('n');
    const held = await tmux.until('0:30.0 of 1:00.0 ×1 · held req_1: reboot');
    expect(held).toMatch(/first\nsecond\nthird/);
    expect(held).not.toContain('last');
    await tmux.keys('Left');
    const back = await tmux.until('0:25.0 of 1:00.0');
    expect(back).toContain('second');
    expect(back).not.toContain('third');
    await tmux.keys('Right', 'Right');
    expect(await tmux.until('0:35.0 of 1:00.0')).toContain('third');
    await tmux.keys('-', '-', '-', '-');
    await tmux.until('×0.25');
    await tmux.keys('+', '+', '+', '+', '+', '+', '+');
    await tmux.until('×16');
    await tmux.keys('0');
    expect(await tmux.until('0:00.0 of 1:00.0')).not.toContain('second');
    // At sixteen times a minute takes four seconds.
    await tmux.keys('Space');
    await tmux.until(/last[\s\S]*1:00\.0 of 1:00\.0/);
    await tmux.keys('q');
    await tmux.until(/ready> *\n*$/);
    const { folder } = tmux;
    await tmux.keys(
      `clear; stty -g | cmp - ${folder}/ses_keys/before && echo same""modes`,
      'Enter',
    );
    await tmux.until('samemodes');
  });
});
