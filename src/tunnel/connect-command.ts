import type { ControlClient } from '../control/client.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { type ConnectOptions, type ConnectReady, connect } from './connect.ts';
import { guideFor } from './guides/guide-for.ts';
import { createNarrator, programSpeaksForItself } from './narrate.ts';
import { trustByFile } from './trusted-streams.ts';

export interface ConnectFlags {
  readonly port?: number | undefined;
  readonly socket: boolean;
  readonly print: boolean;
  readonly tty: boolean;
  readonly json: boolean;
  readonly reason?: string | undefined;
}

export interface ConnectCommand extends Pick<ConnectOptions, 'ssh' | 'until' | 'refuse' | 'say'> {
  readonly client: ControlClient;
  readonly connection: string;
  readonly words: readonly string[];
  readonly flags: ConnectFlags;
  readonly writeTrust: (file: string, text: string) => Promise<void>;
  /** Data, for stdout. */
  readonly print: (text: string) => void;
}

/** All of `hoopx connect`; resolves with its exit code. @throws UserError */
export async function connectCommand(command: ConnectCommand): Promise<number> {
  const { client, connection, words, flags, ssh, say } = command;
  if (flags.print) return printLine(command);
  const [file] = words;
  return connect({
    ...{ client, connection, ssh, say, until: command.until, refuse: command.refuse },
    reason: flags.reason ?? null,
    listen: listenFor(command),
    asked: { words, terminal: flags.tty },
    trust: trustByFile(ssh, command.writeTrust),
    onEvent:
      file !== undefined && programSpeaksForItself(file) ? undefined : createNarrator(client, say),
    onReady: (ready) => tellReady(command, ready),
  });
}

function listenFor({ flags, words }: ConnectCommand): ConnectOptions['listen'] {
  if (flags.socket) return { kind: 'socket' };
  if (flags.port !== undefined) return { kind: 'port', port: flags.port };
  return flags.json && words.length === 0 ? { kind: 'port', port: 0 } : null;
}

function tellReady({ flags, print, say }: ConnectCommand, ready: ConnectReady): void {
  const { connection, command, url } = ready;
  if (flags.json) {
    print(JSON.stringify(ready));
    return;
  }
  say(`${connection} is open until Ctrl-C. Use it with${url === null ? '' : ' one of'}:`);
  print(url === null ? command : `${command}\n${url}`);
}

async function printLine({
  client,
  words,
  flags,
  print,
  ...rest
}: ConnectCommand): Promise<number> {
  const connection = await client.connection(rest.connection);
  const { direct } = guideFor(connection, rest.ssh);
  if (direct === null) {
    throw new UserError(`clients of ${connection.name} need a port that stays open`, {
      code: 'NOTHING_TO_PRINT',
      exitCode: exitCodes.usage,
      hint: `Leave --print out: hoopx connect ${connection.name}`,
    });
  }
  const command = direct.commandLine({ words, terminal: flags.tty });
  print(flags.json ? JSON.stringify({ connection: connection.name, command }) : command);
  return exitCodes.success;
}
