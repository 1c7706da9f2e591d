import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './state.ts';

/** The terminal, taken over: raw keys in, whole frames out. */
export interface Terminal {
  size(): Size;
  /** Replaces what is on the screen. Never scrolls: a frame has fewer lines than the screen. */
  paint(frame: string): void;
  /** Draws everything anew with the next frame. */
  forget(): void;
  /** Gives the terminal back, stops the process group as Ctrl-Z does, and takes it again. */
  suspend(): void;
  /** Gives the terminal back for good. */
  close(): void;
}

export interface TerminalOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly onInput: (chunk: string) => void;
  readonly onResize: () => void;
  /** The terminal is gone, or somebody asks the process to end. */
  readonly onEnd: (signal: NodeJS.Signals | null) => void;
}

const take = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h\u001b[2J';
const giveBack = '\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[0m\u001b[?1049l';
const holdFrame = '\u001b[?2026h';
const showFrame = '\u001b[?2026l';
const home = '\u001b[H';
const clearToLineEnd = '\u001b[0m\u001b[K';
const clearToScreenEnd = '\u001b[0m\u001b[J';

const endingSignals = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/**
 * Takes the alternate screen and raw keys. However the process ends (return, exit, signal,
 * uncaught error), the terminal is given back; only SIGKILL leaves it as it is.
 */
export function openTerminal(options: TerminalOptions): Terminal {
  const { input, output } = options;
  let taken = false;
  let painted = '';

  function enter(): void {
    if (taken) return;
    taken = true;
    painted = '';
    input.setRawMode(true);
    input.resume();
    output.write(take);
  }

  function leave(): void {
    if (!taken) return;
    taken = false;
    // The terminal may be gone already; then there is nothing to restore.
    quietly(() => output.write(giveBack));
    quietly(() => input.setRawMode(false));
    quietly(() => input.pause());
  }

  function onContinued(): void {
    leave();
    enter();
    options.onResize();
  }

  const onData = (chunk: string | Buffer): void => options.onInput(chunk.toString());
  const onGone = (): void => options.onEnd(null);
  const onSignal = (signal: NodeJS.Signals): void => {
    leave();
    options.onEnd(signal);
  };

  function listen(): void {
    input.setEncoding('utf8');
    input.on('data', onData);
    input.on('end', onGone);
    input.on('error', onGone);
    output.on('resize', options.onResize);
    output.on('error', onGone);
    for (const signal of endingSignals) process.on(signal, onSignal);
    process.on('SIGCONT', onContinued);
    process.on('uncaughtExceptionMonitor', leave);
    process.on('exit', leave);
  }

  function silence(): void {
    input.off('data', onData);
    input.off('end', onGone);
    input.off('error', onGone);
    output.off('resize', options.onResize);
    output.off('error', onGone);
    for (const signal of endingSignals) process.off(signal, onSignal);
    process.off('SIGCONT', onContinued);
    process.off('uncaughtExceptionMonitor', leave);
    process.off('exit', leave);
  }

  listen();
  enter();

  return {
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    paint(frame) {
      if (!taken || frame === painted) return;
      painted = frame;
      const rows = frame.split('\n').join(`${clearToLineEnd}\r\n`);
      output.write(`${holdFrame}${home}${rows}${clearToScreenEnd}${showFrame}`);
    },
    forget() {
      painted = '';
    },
    suspend() {
      leave();
      // Ignored by the kernel where no shell could continue the group: then we simply go on.
      process.kill(0, 'SIGTSTP');
      setTimeout(enterAgain, 0);
    },
    close() {
      leave();
      silence();
    },
  };

  function enterAgain(): void {
    if (taken) return;
    enter();
    options.onResize();
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // Nothing can be done for a terminal that does not answer.
  }
}
