import type { ExecDeps } from './execution.ts';

type Signals = Pick<ExecDeps, 'interrupted' | 'terminated'>;

/** Ctrl-C cancels what was asked; whoever merely ends the process leaves it to be claimed. */
export async function withSignals<T>(run: (signals: Signals) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const terminated = new AbortController();
  const interrupt = () => interrupted.abort();
  const terminate = () => terminated.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', terminate);
  process.once('SIGHUP', terminate);
  try {
    return await run({ interrupted: interrupted.signal, terminated: terminated.signal });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
    process.off('SIGHUP', terminate);
  }
}
