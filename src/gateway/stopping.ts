import type { RunningGateway } from './gateway.ts';

type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** The part of `process` that signals come from. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/**
 * Starts a gateway and waits for its end. SIGHUP reads the configuration again; SIGTERM and
 * SIGINT stop the gateway, and a second one does not wait: then it was `forced`.
 */
export async function untilStopped(
  start: () => Promise<RunningGateway>,
  signals: SignalSource,
): Promise<'finished' | 'forced'> {
  let gateway: RunningGateway | null = null;
  let owed = false;
  const reload = () => {
    if (gateway === null) owed = true;
    else void gateway.reload();
  };
  const { promise: stopped, resolve: stop } = deferred();
  const { promise: forced, resolve: force } = deferred();
  let asked = false;
  const end = () => {
    if (asked) force();
    asked = true;
    stop();
  };
  // Heard from the first moment: unheard, SIGHUP would end the process.
  signals.on('SIGHUP', reload);
  try {
    gateway = await start();
    signals.on('SIGINT', end);
    signals.on('SIGTERM', end);
    if (owed) reload();
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
