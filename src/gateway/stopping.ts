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
  // Heard from the first moment: unheard, each of them would end the process where it stands.
  signals.on('SIGHUP', reload);
  signals.on('SIGINT', end);
  signals.on('SIGTERM', end);
  const run = async () => {
    gateway = await start();
    if (owed) reload();
    await stopped;
    await gateway.close();
    return 'finished' as const;
  };
  try {
    return await Promise.race([run(), forced.then(() => 'forced' as const)]);
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
