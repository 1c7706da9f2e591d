import path from 'node:path';
import { type Gated, pause } from './gated.ts';

export interface Master {
  /** For OpenSSH's clients that go through it. */
  readonly options: readonly string[];
  /** What its own standard error has. */
  stderr(): string;
  end(): Promise<void>;
}

/** One connection of OpenSSH's client that others share. */
export async function startMaster(gated: Gated, ...args: readonly string[]): Promise<Master> {
  const options = ['-o', `ControlPath=${path.join(gated.folder, 'mux')}`];
  const master = gated.ssh(...options, '-o', 'ControlMaster=yes', '-N', ...args, 'target');
  for (;;) {
    const { code } = await gated.ssh(...options, '-O', 'check', 'target').ended;
    if (code === 0) break;
    if (master.child.exitCode !== null) throw new Error(master.stderr());
    await pause(20);
  }
  return {
    options,
    stderr: master.stderr,
    async end() {
      await gated.ssh(...options, '-O', 'exit', 'target').ended;
      await master.ended;
    },
  };
}
