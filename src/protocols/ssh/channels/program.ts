import type { OutcomeSink } from '../../../core/gate.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { Outcome } from '../../../core/request.ts';
import type { Channel } from '../connection/channel.ts';
import { ChannelRefusedError } from '../connection/channel-refused-error.ts';
import type { Connection } from '../connection/connection.ts';
import { serverGone } from '../session-end.ts';
import type { Preparation } from './preparation.ts';

/** The request that starts a program, as it came. */
export interface StartRequest {
  readonly type: string;
  readonly fields: Buffer;
}

export type Started =
  | { readonly kind: 'started'; readonly server: Channel }
  | { readonly kind: 'failed'; readonly refusal: Refusal };

const nothing = Buffer.alloc(0);

/** Opens a channel at the server and starts in it what was asked for, as it was asked for. */
export async function startProgram(
  upstream: Connection,
  preparation: Preparation | null,
  { type, fields }: StartRequest,
): Promise<Started> {
  let server: Channel;
  try {
    server = await upstream.open('session', nothing);
  } catch (error) {
    return failed(
      error instanceof ChannelRefusedError ? `the server opens no channel: ${error.message}` : null,
    );
  }
  if (preparation !== null && !(await preparation.apply(server))) {
    server.close();
    return failed('the server gives no terminal');
  }
  if (await server.ask(type, fields)) return { kind: 'started', server };
  const lost = server.gone.aborted && upstream.closed.aborted;
  server.close();
  return failed(lost ? null : 'the server refused to start it');
}

/** It was let through, and the server did not take it. */
export function notStarted(sink: OutcomeSink, refusal: Refusal): Promise<void> | null {
  const outcome: Outcome = { message: refusal.message, targetCode: null, rowCount: null };
  // A connection that breaks off may have carried the request.
  return refusal === serverGone ? sink.unknown(outcome) : sink.failed(outcome);
}

function failed(message: string | null): Started {
  const refusal: Refusal =
    message === null ? serverGone : { code: 'UPSTREAM_UNREACHABLE', message };
  return { kind: 'failed', refusal };
}
