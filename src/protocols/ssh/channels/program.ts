import type { OutcomeSink } from '../../../core/gate.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { Outcome } from '../../../core/request.ts';
import type { Channel } from '../connection/channel.ts';
import { ChannelRefusedError } from '../connection/channel-refused-error.ts';
import type { Connection } from '../connection/connection.ts';
import { serverGone } from '../session-end.ts';

/** The request that starts a program, as it came. */
export interface StartRequest {
  readonly type: string;
  readonly fields: Buffer;
}

export type Started =
  | { readonly kind: 'started'; readonly server: Channel }
  /** `sent`: the server has been asked to start it, and has not said no. */
  | { readonly kind: 'failed'; readonly refusal: Refusal; readonly sent: boolean };

const nothing = Buffer.alloc(0);

/**
 * Opens a channel at the server and starts in it what was asked for, as it was asked for.
 * `prepare`: what comes before that; false when the server gives no terminal.
 */
export async function startProgram(
  upstream: Connection,
  prepare: ((server: Channel) => Promise<boolean>) | null,
  { type, fields }: StartRequest,
): Promise<Started> {
  let server: Channel;
  try {
    server = await upstream.open('session', nothing);
  } catch (error) {
    if (!(error instanceof ChannelRefusedError)) return lost(false);
    return refused(`the server opens no channel: ${error.message}`);
  }
  if (prepare !== null && !(await prepare(server))) {
    server.close();
    return upstream.closed.aborted ? lost(false) : refused('the server gives no terminal');
  }
  if (await server.ask(type, fields)) return { kind: 'started', server };
  server.close();
  return upstream.closed.aborted ? lost(true) : refused('the server refused to start it');
}

/** It was let through, and did not start, or nobody knows. */
export async function recordNotStarted(
  sink: OutcomeSink,
  { refusal, sent }: Extract<Started, { kind: 'failed' }>,
): Promise<void> {
  const outcome: Outcome = { message: refusal.message, targetCode: null, rowCount: null };
  if (sent) await sink.unknown(outcome);
  else await sink.failed(outcome);
}

function refused(message: string): Started {
  return { kind: 'failed', refusal: { code: 'UPSTREAM_UNREACHABLE', message }, sent: false };
}

function lost(sent: boolean): Started {
  return { kind: 'failed', refusal: serverGone, sent };
}
