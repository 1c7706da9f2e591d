import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import type { TunnelEvent } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { openGatewayTunnel } from './gateway-tunnel.ts';
import { connectionOfAlias, type SshTools } from './guides/ssh-settings.ts';
import { lostLine } from './lost-line.ts';
import { createNarrator, sshSpeaksForItself } from './narrate.ts';
import { pour } from './pour.ts';
import { type Trust, trustByFile, trustedStreams } from './trusted-streams.ts';

export interface SshProxyOptions {
  readonly client: ControlClient;
  readonly connection: string;
  readonly reason: string | null;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Writes the gateway's host key to where ssh will look for it. */
  readonly trust: Trust;
  readonly onEvent: (event: TunnelEvent) => void;
  readonly until: AbortSignal;
  /** A line for the person at the terminal, made safe. */
  readonly say: (line: string) => void;
}

export interface SshProxyCommand
  extends Pick<SshProxyOptions, 'client' | 'reason' | 'stdin' | 'stdout' | 'until' | 'say'> {
  /** ssh's `%h`. */
  readonly host: string;
  readonly ssh: SshTools;
  readonly writeTrust: (file: string, text: string) => Promise<void>;
}

/** All of `hoopx ssh-proxy`. @throws UserError */
export function sshProxyCommand({
  host,
  ssh,
  writeTrust,
  ...rest
}: SshProxyCommand): Promise<void> {
  return sshProxy({
    ...rest,
    connection: connectionOfAlias(host),
    trust: trustByFile(ssh, writeTrust),
    onEvent: createNarrator(rest.client, rest.say, sshSpeaksForItself),
  });
}

/** How long the gateway may take to say why it ended a stream. */
const explanationMs = 300;

type Closing = Extract<TunnelEvent, { type: 'closed' }>;

/**
 * Carries one SSH connection between stdin, stdout and the gateway. ssh reads its known_hosts
 * once it has the server's version line, so the key is in place before the first byte.
 * @throws UserError when there is no way there, or the gateway ended the tunnel
 */
export async function sshProxy(options: SshProxyOptions): Promise<void> {
  const { client, connection, reason, say, until, trust } = options;
  let closed: (event: Closing) => void = () => {};
  const closing = new Promise<Closing>((resolve) => {
    closed = resolve;
  });
  const gateway = await openGatewayTunnel({
    client,
    ask: { connection, mode: 'live', ...(reason === null ? {} : { reason }) },
    onEvent(event) {
      if (event.type === 'closed') closed(event);
      else options.onEvent(event);
    },
    onLost: (error) => say(lostLine(error)),
    onRestored: () => say('The tunnel works again.'),
  });
  try {
    const { type, name } = gateway.view.connection;
    if (type !== 'ssh') throw notSsh(name, type);
    const stream = await trustedStreams(gateway, trust).open(until);
    const end = await carry(stream, options);
    if (end === 'client') return;
    const why = await Promise.race([closing, delay(explanationMs, null, { ref: false })]);
    if (why !== null) throw closedBy(why);
    if (end === 'broken') throw broken(name);
  } finally {
    await gateway.close();
  }
}

type Ends = Pick<SshProxyOptions, 'stdin' | 'stdout' | 'until'>;

/**
 * The same by the Unix socket of a tunnel that is open already, and that sees to the host key.
 * @throws UserError SOCKET_UNUSABLE
 */
export async function sshProxyBySocket(file: string, ends: Ends): Promise<void> {
  const socket = connect({ path: file, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new UserError(`nothing listens at ${file}`, {
      code: 'SOCKET_UNUSABLE',
      exitCode: exitCodes.gatewayUnreachable,
      hint: 'Is the `hoopx connect --socket` that printed it still open?',
      cause,
    });
  }
  await carry(socket, ends);
}

/** Who ended it: each side's end, its pace and its last bytes pass as they come. */
async function carry(
  stream: Duplex,
  { stdin, stdout, until }: Ends,
): Promise<'client' | 'gateway' | 'broken'> {
  let left = until.aborted;
  const leave = () => {
    left = true;
    stream.destroy();
  };
  until.addEventListener('abort', leave);
  stdout.once('error', leave);
  stdin.once('end', () => {
    left = true;
  });
  const inward = pour(stdin, stream).then(
    () => void stream.end(),
    () => {},
  );
  try {
    await pour(stream, stdout);
    return left ? 'client' : 'gateway';
  } catch {
    return left ? 'client' : 'broken';
  } finally {
    until.removeEventListener('abort', leave);
    // Nobody is there any more to take what ssh still says.
    stdin.destroy();
    stream.destroy();
    await inward;
  }
}

function notSsh(name: string, type: string): UserError {
  return new UserError(`${name} is a connection of type ${type}: ssh cannot use it`, {
    code: 'NOT_SSH',
    exitCode: exitCodes.usage,
    hint: `Use: hoopx connect ${name}`,
  });
}

function closedBy({ code, message }: Closing): UserError {
  const login = code === 'LOGIN_EXPIRED';
  return new UserError(`the gateway closed the tunnel: ${message}`, {
    code,
    exitCode: login ? exitCodes.loginRequired : exitCodes.gatewayUnreachable,
    ...(login ? { hint: 'Run: hoopx login' } : {}),
  });
}

function broken(name: string): UserError {
  return new UserError(`the connection to the gateway broke while ${name} was used`, {
    code: 'TUNNEL_BROKEN',
    exitCode: exitCodes.gatewayUnreachable,
  });
}
