import type { Duplex } from 'node:stream';
import type { ControlClient } from '../control/client.ts';
import type { Protocol } from '../core/facts.ts';
import type { Refusal } from '../core/refusal.ts';
import { safeLine } from '../core/safe-text.ts';
import { type GatewayTunnel, openGatewayTunnel } from './gateway-tunnel.ts';
import { type GuideFile, writeGuideFile } from './guide-file.ts';
import type { ClientGuide, CommandAsked } from './guides/client-guide.ts';
import { guideFor } from './guides/guide-for.ts';
import type { SshTools } from './guides/ssh-settings.ts';
import { openLocalTunnel } from './local-tunnel.ts';
import { lostLine } from './lost-line.ts';
import { runChild } from './run-child.ts';
import { type Trust, trustedStreams } from './trusted-streams.ts';

export interface ConnectOptions {
  readonly client: ControlClient;
  readonly connection: string;
  readonly reason: string | null;
  /** A port, 0 for a free one; or a Unix socket. Null: a free port, unless none is needed. */
  readonly listen:
    | { readonly kind: 'port'; readonly port: number }
    | { readonly kind: 'socket' }
    | null;
  /** Runs this and ends with it; without words and a client for them, stays until `until`. */
  readonly asked: CommandAsked;
  readonly until: () => AbortSignal;
  readonly ssh: SshTools;
  /** Writes down how clients know the other end; called before each of them is let through. */
  readonly trust: Trust;
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
  /** Null where a URL alone would not do. */
  readonly url: string | null;
  readonly command: string;
}

/** Resolves with the exit code. @throws UserError when the tunnel cannot be had */
export async function connect(options: ConnectOptions): Promise<number> {
  const { client, say, reason, listen, asked } = options;
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
  let closed: Promise<void> | null = null;
  try {
    const guide = guideFor(gateway.view.connection, options.ssh);
    if (listen !== null || guide.direct === null) return await serve(options, gateway, guide);
    // The program opens a tunnel of its own: this one has said that there will be one.
    closed = gateway.close();
    return await runChild(guide.direct.program(asked));
  } finally {
    await (closed ?? gateway.close());
  }
}

async function serve(
  options: ConnectOptions,
  gateway: GatewayTunnel,
  guide: ClientGuide,
): Promise<number> {
  const { connection } = gateway.view;
  const { say, listen, asked } = options;
  const local = await openLocalTunnel({
    transport: trustedStreams(gateway, options.trust),
    listen:
      listen?.kind === 'socket'
        ? { kind: 'socket', name: guide.socketName }
        : { kind: 'port', port: listen?.port ?? 0 },
    refuse: (stream, refusal) => options.refuse(connection.type, stream, refusal),
    onWarning: (warning) => say(`Warning: ${safeLine(warning)}`),
  });
  let file: GuideFile | null = null;
  try {
    const { place } = local;
    file = await writeGuideFile(guide, place);
    const program = guide.program(place, asked, file.path);
    if (program !== null) return await runChild(program);
    options.onReady({
      connection: connection.name,
      host: place.kind === 'port' ? '127.0.0.1' : place.folder,
      port: place.kind === 'port' ? place.port : null,
      socket: place.kind === 'socket' ? place.path : null,
      url: guide.url(place),
      command: guide.commandLine(place, file.path),
    });
    await aborted(options.until());
    return 0;
  } finally {
    await file?.remove();
    await local.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
