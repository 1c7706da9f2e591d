import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createEphemeralCertificate } from '../../../../src/net/ephemeral-certificate.ts';
import { errorResponseFor } from '../../../../src/protocols/postgres/faults.ts';
import {
  negotiateStartup,
  type StartupOutcome,
} from '../../../../src/protocols/postgres/startup.ts';
import { vetStartup } from '../../../../src/protocols/postgres/startup-parameters.ts';
import type { PostgresTarget } from '../../../../src/protocols/postgres/target.ts';
import { connectUpstream } from '../../../../src/protocols/postgres/upstream.ts';
import { encodeAuthenticationOk } from '../../../../src/protocols/postgres/wire/backend/authentication.ts';
import { encodeParameterStatus } from '../../../../src/protocols/postgres/wire/backend/parameter-status.ts';
import { encodeReadyForQuery } from '../../../../src/protocols/postgres/wire/backend/ready-for-query.ts';

export interface Front {
  readonly port: number;
  /** What each client came to, in order. */
  readonly outcomes: StartupOutcome[];
  close(): void;
}

export interface FrontOptions {
  /** Sessions go on at this server, untouched; without it they end after startup. */
  readonly target?: PostgresTarget;
  readonly timeLimitMs?: number;
  /** How the negotiation sees the client's socket. */
  readonly shape?: (socket: Socket) => Duplex;
}

/** Listens and negotiates each client's startup, and nothing else. */
export async function startFront(options: FrontOptions = {}): Promise<Front> {
  const { target, timeLimitMs = 10_000, shape = (socket: Socket) => socket } = options;
  const certificate = createEphemeralCertificate();
  const outcomes: StartupOutcome[] = [];
  const sockets = new Set<Socket>();
  const signal = new AbortController().signal;
  const listener = createServer(async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const outcome = await negotiateStartup(shape(socket), { certificate, timeLimitMs, signal });
    outcomes.push(outcome);
    if (outcome.kind === 'refused') outcome.stream.end(errorResponseFor(outcome.refusal, 'FATAL'));
    else if (outcome.kind !== 'startup' || target === undefined) outcome.stream.end();
    else await serve(outcome, target);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  };
  return { port: address.port, outcomes, close };
}

async function serve(
  { stream, parameters }: Extract<StartupOutcome, { kind: 'startup' }>,
  target: PostgresTarget,
): Promise<void> {
  const vetting = vetStartup(parameters, target);
  if (vetting.kind === 'refused') {
    stream.end(errorResponseFor(vetting.refusal, 'FATAL'));
    return;
  }
  const signal = AbortSignal.timeout(30_000);
  const upstream = await connectUpstream(target, { ...vetting, signal });
  const statuses = [...upstream.parameterStatus].map(([name, value]) =>
    encodeParameterStatus(name, value),
  );
  stream.write(Buffer.concat([encodeAuthenticationOk(), ...statuses, encodeReadyForQuery('idle')]));
  await pipeline(stream, upstream.stream, stream).catch(() => {});
}
