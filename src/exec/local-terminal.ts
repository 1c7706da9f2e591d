import { Transform } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { TerminalSize } from '../core/remote-command.ts';
import type { Keys } from './exec-remote.ts';

/** The person's own terminal, lent to a remote command. */
export interface LocalTerminal {
  size(): TerminalSize;
  /** Returns what ends it. */
  onResize(tell: (size: TerminalSize) => void): () => void;
  /** From here on every key goes to the command, until `restore`. */
  keys(keys: Keys): Transform;
  /** As it was before; more than once does no harm. */
  restore(): void;
}

const ctrlC = 0x03;

/** Null without a terminal on both sides. */
export function localTerminal(
  input: Pick<ReadStream, 'isTTY' | 'setRawMode' | 'pipe' | 'unpipe' | 'pause'>,
  output: Pick<WriteStream, 'isTTY' | 'columns' | 'rows' | 'on' | 'off'>,
): LocalTerminal | null {
  if (input.isTTY !== true || output.isTTY !== true) return null;
  const size = () => ({ columns: output.columns, rows: output.rows });
  let raw = false;
  const restore = () => {
    if (raw) input.setRawMode(false);
    raw = false;
    process.off('exit', restore);
    input.unpipe();
    input.pause();
  };
  return {
    size,
    onResize(tell) {
      const resized = () => tell(size());
      output.on('resize', resized);
      return () => output.off('resize', resized);
    },
    keys(keys) {
      process.once('exit', restore);
      input.setRawMode(true);
      raw = true;
      return input.pipe(interruptible(keys));
    },
    restore,
  };
}

/** In raw mode Ctrl-C is a byte like any other; while nothing runs yet it means this wait. */
export function interruptible(keys: Keys): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (keys.isHeld() && chunk.includes(ctrlC)) {
        keys.interrupt();
        done();
      } else done(null, chunk);
    },
  });
}
