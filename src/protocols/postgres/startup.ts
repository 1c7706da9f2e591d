import type { Duplex } from 'node:stream';
import type { Refusal } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import type { CertificateSource } from '../../net/ephemeral-certificate.ts';
import { readExactly } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { acceptTls } from '../../net/tls-upgrade.ts';
import { writeAll } from '../../net/write-all.ts';
import { refusalOfWireError } from './faults.ts';
import { encodeNegotiateProtocolVersion } from './wire/backend/negotiate-protocol-version.ts';
import type { CancelKey } from './wire/cancel-key.ts';
import { decodeStartup, type StartupPacket, startupPacketLength } from './wire/decode-startup.ts';
import type { StartupMessage } from './wire/startup/startup-message.ts';
import { WireError } from './wire/wire-error.ts';

export type StartupOutcome =
  | {
      readonly kind: 'startup';
      /** Where the session goes on: the client's stream, or TLS over it. */
      readonly stream: Duplex;
      readonly encrypted: boolean;
      /** As sent, `_pq_.` options left out. */
      readonly parameters: ReadonlyMap<string, string>;
    }
  /** Gets no reply: end the stream. */
  | { readonly kind: 'cancel'; readonly stream: Duplex; readonly key: CancelKey }
  /** To be told to the client on `stream`, which is then ended. */
  | { readonly kind: 'refused'; readonly stream: Duplex; readonly refusal: Refusal }
  /** The client left, or never got as far as a message. */
  | { readonly kind: 'gone'; readonly stream: Duplex };

export interface StartupOptions {
  readonly certificate: CertificateSource;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

const tlsHandshakeRecord = 0x16;
const alpn = ['postgresql'];
const optionPrefix = '_pq_.';
const protocol30 = 3 << 16;

interface Phase {
  readonly stream: Duplex;
  readonly encrypted: boolean;
  readonly gssAsked: boolean;
}

/**
 * The server's side of what comes before the first typed message (PostgreSQL documentation,
 * 55.2.1, 55.2.10 to 55.2.12): encryption asked for or direct, then a startup message or a
 * cancel request. Never throws for what the client did.
 */
export async function negotiateStartup(
  client: Duplex,
  options: StartupOptions,
): Promise<StartupOutcome> {
  absorbErrors(client);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeLimitMs)]);
  let phase: Phase = { stream: client, encrypted: false, gssAsked: false };
  try {
    if (await opensWithTls(client, signal)) {
      phase = await upgrade(phase, options.certificate, signal);
      if (!speaksPostgres(phase.stream)) {
        return refused(phase, 'direct TLS needs the ALPN protocol "postgresql"');
      }
    }
    for (;;) {
      const packet = await readPacket(phase.stream, signal);
      if (packet === null) return { kind: 'gone', stream: phase.stream };
      const next = await take(packet, phase, options.certificate, signal);
      if ('kind' in next) return next;
      phase = next;
    }
  } catch (error) {
    return outcomeOf(error, phase, options.signal);
  }
}

async function take(
  packet: StartupPacket,
  phase: Phase,
  certificate: CertificateSource,
  signal: AbortSignal,
): Promise<StartupOutcome | Phase> {
  const { stream, encrypted, gssAsked } = phase;
  switch (packet.kind) {
    case 'gss':
      if (gssAsked || encrypted) return refused(phase, 'encryption was negotiated already');
      await writeAll(stream, Buffer.from('N'), signal);
      return { ...phase, gssAsked: true };
    case 'ssl':
      if (encrypted) return refused(phase, 'encryption was negotiated already');
      // Sent in the clear by who knows whom: it must never be read as if it came through TLS.
      if (stream.readableLength > 0) {
        return refused(phase, 'unencrypted bytes came behind the request for TLS');
      }
      await writeAll(stream, Buffer.from('S'), signal);
      return upgrade(phase, certificate, signal);
    case 'cancel':
      return { kind: 'cancel', stream, key: { pid: packet.pid, secret: packet.secret } };
    case 'startup':
      return begin(packet, phase, signal);
    default:
      return packet satisfies never;
  }
}

/** Says that 3.0 is spoken and no option known, where the client asked for more. */
async function begin(
  message: StartupMessage,
  phase: Phase,
  signal: AbortSignal,
): Promise<StartupOutcome> {
  const names = [...message.parameters.keys()];
  const unrecognised = names.filter((name) => name.startsWith(optionPrefix));
  if (message.minor > 0 || unrecognised.length > 0) {
    const answer = encodeNegotiateProtocolVersion(protocol30, unrecognised);
    await writeAll(phase.stream, answer, signal);
  }
  const parameters = new Map(message.parameters);
  for (const name of unrecognised) parameters.delete(name);
  return { kind: 'startup', stream: phase.stream, encrypted: phase.encrypted, parameters };
}

async function opensWithTls(stream: Duplex, signal: AbortSignal): Promise<boolean> {
  const first = await readExactly(stream, 1, signal);
  if (first === null) return false;
  stream.unshift(first);
  return first[0] === tlsHandshakeRecord;
}

async function upgrade(
  phase: Phase,
  certificate: CertificateSource,
  signal: AbortSignal,
): Promise<Phase> {
  const options = { certificate: await certificate(), alpn };
  const stream = await acceptTls(phase.stream, options, signal);
  return { ...phase, stream, encrypted: true };
}

function speaksPostgres(stream: Duplex): boolean {
  return 'alpnProtocol' in stream && stream.alpnProtocol === alpn[0];
}

async function readPacket(stream: Duplex, signal: AbortSignal): Promise<StartupPacket | null> {
  const header = await readExactly(stream, 4, signal);
  if (header === null) return null;
  const body = await readExactly(stream, startupPacketLength(header) - 4, signal);
  if (body === null) throw new StreamClosedError('the stream ended in the middle');
  return decodeStartup(Buffer.concat([header, body]));
}

function refused({ stream }: Phase, message: string): StartupOutcome {
  return { kind: 'refused', stream, refusal: { code: 'PROTOCOL_VIOLATION', message } };
}

function outcomeOf(error: unknown, phase: Phase, session: AbortSignal): StartupOutcome {
  const { stream } = phase;
  if (error instanceof StreamClosedError) return { kind: 'gone', stream };
  if (error instanceof WireError) {
    return { kind: 'refused', stream, refusal: refusalOfWireError(error) };
  }
  if (session.aborted) return { kind: 'gone', stream };
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return refused(phase, 'no startup message came in time');
  }
  throw error;
}
