import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A shell in a real terminal of its own. */
export interface Tmux extends AsyncDisposable {
  readonly folder: string;
  /** Keys as tmux names them: `Enter`, `C-c`, or text. */
  keys(...keys: readonly string[]): Promise<void>;
  paste(text: string, how: 'bracketed' | 'plain'): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  screen(): Promise<string>;
  /** The same with its colours, as escape sequences. */
  painted(): Promise<string>;
  /** The screen once `wanted` is on it. Fails after twenty seconds. */
  until(wanted: string | RegExp): Promise<string>;
  /** A format of tmux's, such as `alternate_on`. */
  ask(format: string): Promise<string>;
}

export async function startTmux(columns: number, rows: number): Promise<Tmux> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-tmux-'));
  const socket = path.join(folder, 'socket');
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await run('tmux', ['-S', socket, '-f', '/dev/null', ...args])).stdout;
  const size = ['-x', `${columns}`, '-y', `${rows}`];
  const shell = 'exec env PS1="ready> " HISTFILE= bash --norc --noprofile';
  await tmux('new-session', '-d', ...size, shell);

  const screen = () => tmux('capture-pane', '-p');
  async function until(wanted: string | RegExp): Promise<string> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const text = await screen();
      if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return text;
      if (Date.now() > deadline) throw new Error(`${wanted} never came; the screen:\n${text}`);
      await delay(50);
    }
  }

  await until('ready>');
  return {
    folder,
    screen,
    painted: () => tmux('capture-pane', '-p', '-e'),
    until,
    keys: async (...keys) => void (await tmux('send-keys', ...keys)),
    async paste(text, how) {
      await tmux('set-buffer', text);
      await tmux('paste-buffer', ...(how === 'bracketed' ? ['-p'] : []));
    },
    resize: async (x, y) => void (await tmux('resize-window', '-x', `${x}`, '-y', `${y}`)),
    ask: async (format) => (await tmux('display-message', '-p', `#{${format}}`)).trim(),
    async [Symbol.asyncDispose]() {
      await tmux('kill-server').catch(() => {});
      // What ran in it may still write its last.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
