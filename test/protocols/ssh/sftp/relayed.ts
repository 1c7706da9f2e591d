import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Transfer } from '../../../../src/protocols/ssh/sftp/open-file.ts';
import { relaySftp, type SftpLimits } from '../../../../src/protocols/ssh/sftp/relay.ts';
import { loopback } from '../../../net/loopback.ts';
import { type Decisions, decisions } from './decisions.ts';
import { RawSftp } from './raw-sftp.ts';
import { startSftpServer, testFolder } from './sftp-server.ts';

export interface Relayed {
  readonly client: RawSftp;
  /** How the relay ended: null, or what it threw. */
  readonly ended: Promise<unknown>;
  readonly abort: AbortController;
  /** The files that it told of, so far. */
  readonly files: readonly Transfer[];
}

export interface RelayedOptions {
  readonly limits?: Partial<SftpLimits>;
}

/** A raw client, the relay, and whatever is upstream. */
export async function relayed(
  upstream: Duplex,
  { decide }: Decisions,
  { limits = {} }: RelayedOptions = {},
): Promise<Relayed> {
  const { client, server, close } = await loopback();
  // As a channel is: one side may end while the other goes on.
  server.allowHalfOpen = true;
  const abort = new AbortController();
  const files: Transfer[] = [];
  const transferred = (file: Transfer) => void files.push(file);
  const { signal } = abort;
  const ended = relaySftp({ client: server, upstream, decide, transferred, signal, limits })
    .then(() => null)
    .catch((error: unknown) => error)
    .finally(() => {
      server.end();
      upstream.end();
    });
  onTestFinished(async () => {
    close();
    upstream.destroy();
    await ended;
  });
  return { client: new RawSftp(client), ended, abort, files };
}

/** The same with OpenSSH's server, greeted. */
export async function withServer(made: Decisions = decisions(), options: RelayedOptions = {}) {
  const folder = testFolder();
  const server = startSftpServer(folder);
  const relay = await relayed(server.stream, made, options);
  await relay.client.greet();
  return { ...relay, ...made, folder, server };
}

/** The same with a server that the test plays itself, greeted. */
export async function withHostileServer(made: Decisions = decisions()) {
  const { client, server, close } = await loopback();
  onTestFinished(close);
  const relay = await relayed(client, made);
  return { ...relay, ...made, server: new RawSftp(server) };
}
