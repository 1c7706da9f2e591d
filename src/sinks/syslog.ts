import type { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { SealedRecord } from '../core/audit-record.ts';
import type { AuditSink } from '../core/audit-sink.ts';
import { awaitEvent } from '../net/await-event.ts';
import { connectTcp } from '../net/connect-tcp.ts';
import { connectTls } from '../net/tls-upgrade.ts';
import { writeAll } from '../net/write-all.ts';
import type { Deliver } from './feed.ts';

type SyslogSink = Extract<AuditSink, { kind: 'syslog' }>;

const patienceMs = 60_000;

/** Records that are put into words before sessions have their turn again. */
const inOneGo = 50;

/** Longer than a way there and back: a receiver that hung up at once is found out by then. */
const settleMs = 500;

/**
 * Syslog has no acknowledgement. So each delivery has a connection of its own: we send, wait, and
 * say that we are done (close_notify, FIN). A receiver that reads in order closes its side only
 * when it has read that far; one that is gone, or refuses our certificate, resets instead, or
 * closes before we do. Only the first counts as taken.
 */
export function syslogDelivery(sink: SyslogSink, frame: (record: SealedRecord) => Buffer): Deliver {
  return async (records, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const stream = await open(sink, limit);
    try {
      // What the receiver says is of no interest, but its end is.
      stream.resume();
      for (let at = 0; at < records.length; at += inOneGo) {
        const frames = records.slice(at, at + inOneGo).map(frame);
        await writeAll(stream, Buffer.concat(frames), limit);
        await nextTurn();
      }
      await delay(settleMs, undefined, { signal: limit });
      if (stream.readableEnded || stream.destroyed) throw brokenOff(stream);
      stream.end();
      await awaitEvent(stream, ['close'], limit);
      if (stream.errored !== null || !stream.readableEnded) throw brokenOff(stream);
    } finally {
      stream.destroy();
    }
  };
}

function brokenOff({ errored }: Socket): Error {
  return errored ?? new Error('it closed the connection before it had everything');
}

async function open({ host, port, tls }: SyslogSink, signal: AbortSignal): Promise<Socket> {
  const socket = await connectTcp({ host, port }, signal);
  if (tls === null) return socket;
  return connectTls(socket, { host, verify: 'full', ...tls, alpn: [] }, signal);
}
