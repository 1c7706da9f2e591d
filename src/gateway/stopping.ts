import type { RunningGateway } from './gateway.ts';

type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** The part of `process` that signals come from. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/**
 * SIGHUP reads the configuration again; SIGTERM and SIGINT stop the gateway, and a second one
 * does not wait. Resolves when it has stopped: `forced` when it was not let finish.
 */
export async function untilStopped(
  gateway: RunningGateway,
  signals: SignalSource,
): Promise<'finished' | 'forced'> {
  const reload = () => void gateway.reload();
  const { promise: stopped, resolve: stop } = deferred();
  const { promise: forced, resolve: force } = deferred();
  let asked = false;
  const end = () => {
    if (asked) force();
    asked = true;
    stop();
  };
  signals.on('SIGHUP', reload);
  signals.on('SIGINT', end);
  signals.on('SIGTERM', end);
  try {
    await stopped;
    return await Promise.race([
      gateway.close().then(() => 'finished' as const),
      forced.then(() => 'forced' as const),
    ]);
  } finally {
    signals.off('SIGHUP', reload);
    signals.off('SIGINT', end);
    signals.off('SIGTERM', end);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
