import type { ChannelOpen, Connection } from '../connection/connection.ts';
import type { GlobalRequest } from '../connection/global-requests.ts';
import type { SessionContext } from '../session-context.ts';
import { openFailureReason } from '../wire/connection/messages.ts';

/** Connections that SSH carries for others: all that one client has asked for. */
export class Forwardings {
  constructor(_client: Connection, _context: SessionContext) {}

  get size(): number {
    return 0;
  }

  opening(open: ChannelOpen): void {
    open.refuse(openFailureReason.administrativelyProhibited, 'hoopx: off for this connection');
  }

  asking(request: GlobalRequest): void {
    request.refuse();
  }
}
