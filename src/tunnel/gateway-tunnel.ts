import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import type { OpenTunnel, TunnelEvent, TunnelView } from '../control/contract.ts';
import { UserError } from '../core/user-error.ts';
import type { TunnelTransport } from './transport.ts';

export interface GatewayTunnelOptions {
  readonly client: ControlClient;
  readonly ask: OpenTunnel;
  /** Followed only when somebody listens. */
  readonly onEvent?: (event: TunnelEvent) => void;
  /** The gateway, or the login, was lost; it goes on trying. */
  readonly onLost?: (error: unknown) => void;
  readonly onRestored?: () => void;
}

/** One tunnel at the gateway, kept alive, and opened again where the gateway has lost it. */
export interface GatewayTunnel extends TunnelTransport {
  /** As it was when it was last opened. */
  readonly view: TunnelView;
  close(): Promise<void>;
}

const retryMs = 1_000;
/** Heartbeats come no faster than this, however soon the login ends. */
const shortestPauseMs = 500;
const farewellMs = 2_000;

/** @throws UserError when it cannot be opened in the first place */
export async function openGatewayTunnel(options: GatewayTunnelOptions): Promise<GatewayTunnel> {
  const { client, ask } = options;
  const closing = new AbortController();
  let view = await client.openTunnel(ask);
  let reopening: Promise<TunnelView> | null = null;
  let endsAt = Date.parse(view.expiresAt);
  let lost = false;

  /** Everyone who finds `gone` missing waits for the same new one. */
  function reopen(gone: string): Promise<TunnelView> {
    if (view.id !== gone) return Promise.resolve(view);
    reopening ??= client
      .openTunnel(ask)
      .then((next) => {
        view = next;
        endsAt = Date.parse(next.expiresAt);
        return next;
      })
      .finally(() => {
        reopening = null;
      });
    return reopening;
  }

  async function withTunnel<T>(use: (id: string) => Promise<T>): Promise<T> {
    const { id } = view;
    try {
      return await use(id);
    } catch (error) {
      if (closing.signal.aborted || !isGone(error)) throw error;
      return use((await reopen(id)).id);
    }
  }

  async function beat(): Promise<void> {
    try {
      const { expiresAt } = await withTunnel((id) => client.heartbeat(id));
      endsAt = Date.parse(expiresAt);
      if (lost) options.onRestored?.();
      lost = false;
    } catch (error) {
      if (!lost && !closing.signal.aborted) options.onLost?.(error);
      lost = true;
    }
  }

  /** A renewed token is shown before the one that the gateway knows has ended, however short. */
  function untilNextBeat(): number {
    const third = Math.max((endsAt - Date.now()) / 3, shortestPauseMs);
    return Math.min(view.heartbeatEveryMs, third);
  }

  async function keepAlive(): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(lost ? retryMs : untilNextBeat(), closing.signal);
      if (!closing.signal.aborted) await beat();
    }
  }

  async function follow(onEvent: (event: TunnelEvent) => void): Promise<void> {
    while (!closing.signal.aborted) {
      const { id } = view;
      try {
        for await (const event of client.tunnelEvents(id, { signal: closing.signal })) {
          onEvent(event);
        }
        await beat();
      } catch {
        // Whatever it is, the heartbeat meets it too, and tells.
        await beat();
      }
      if (view.id === id) await pause(retryMs, closing.signal);
    }
  }

  const tasks = [keepAlive()];
  if (options.onEvent !== undefined) tasks.push(follow(options.onEvent));
  return {
    get view() {
      return view;
    },
    open: (signal) => withTunnel((id) => client.openStream(id, signal)),
    async close() {
      closing.abort();
      await Promise.all(tasks);
      // Without a goodbye the gateway notices by itself, a little later.
      await Promise.race([
        client.closeTunnel(view.id).catch(() => {}),
        delay(farewellMs, undefined, { ref: false }),
      ]);
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof UserError && error.code === 'NOT_FOUND';
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {});
}
