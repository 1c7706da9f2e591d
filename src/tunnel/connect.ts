import type { Duplex } from 'node:stream';
import type { ControlClient } from '../control/client.ts';
import type { Protocol } from '../core/facts.ts';
import type { Refusal } from '../core/refusal.ts';
import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import { clientGuides } from './client-guide.ts';
import { openGatewayTunnel } from './gateway-tunnel.ts';
import { type LocalTunnel, openLocalTunnel } from './local-tunnel.ts';
import { runChild } from './run-child.ts';

export interface ConnectOptions {
  readonly client: ControlClient;
  readonly connection: string;
  readonly reason: string | null;
  /** A port, 0 for a free one; or a Unix socket. */
  readonly listen: { readonly kind: 'port'; readonly port: number } | { readonly kind: 'socket' };
  /** Runs this and ends with it; else stays until `until` is aborted. */
  readonly command: readonly [file: string, ...args: string[]] | null;
  readonly until: AbortSignal;
  readonly refuse: (protocol: Protocol, client: Duplex, refusal: Refusal) => Promise<void>;
  readonly onEvent: Parameters<typeof openGatewayTunnel>[0]['onEvent'];
  readonly onReady: (ready: ConnectReady) => void;
  /** A line for the person at the terminal, made safe. */
  readonly say: (line: string) => void;
}

/** How clients reach the tunnel. */
export interface ConnectReady {
  readonly connection: string;
  readonly host: string;
  readonly port: number | null;
  /** The Unix socket, when it is one. */
  readonly socket: string | null;
  readonly url: string;
  readonly command: string;
}

/** Resolves with the exit code. @throws UserError when the tunnel cannot be had */
export async function connect(options: ConnectOptions): Promise<number> {
  const { client, say, reason, command } = options;
  const gateway = await openGatewayTunnel({
    client,
    ask: {
      connection: options.connection,
      mode: 'live',
      ...(reason === null ? {} : { reason }),
    },
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    onLost: (error) => say(lostLine(error)),
    onRestored: () => say('The tunnel works again.'),
  });
  let local: LocalTunnel | null = null;
  try {
    const { connection } = gateway.view;
    const guide = clientGuides[connection.type];
    local = await openLocalTunnel({
      transport: gateway,
      listen:
        options.listen.kind === 'port'
          ? options.listen
          : { kind: 'socket', name: guide.socketName },
      refuse: (stream, refusal) => options.refuse(connection.type, stream, refusal),
      onWarning: (warning) => say(`Warning: ${safeLine(warning)}`),
    });
    const { place } = local;
    if (command === null) {
      options.onReady({
        connection: connection.name,
        host: place.kind === 'port' ? '127.0.0.1' : place.folder,
        port: place.kind === 'port' ? place.port : null,
        socket: place.kind === 'socket' ? place.path : null,
        url: guide.url(place, connection),
        command: guide.commandLine(place, connection),
      });
      await aborted(options.until);
      return 0;
    }
    const [file, ...args] = command;
    return await runChild({ file, args, environment: guide.environment(place, connection) });
  } finally {
    await local?.close();
    await gateway.close();
  }
}

function lostLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UserError && error.hint !== undefined ? ` ${error.hint}` : '';
  return `The tunnel does not work, and is tried again: ${safeLine(message, 400)}.${safeLine(hint, 400)}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
