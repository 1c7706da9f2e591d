import type { Clearance, OutcomeSink } from '../../../core/gate.ts';
import type { SshOperation } from '../../../core/operation.ts';
import type { Outcome } from '../../../core/request.ts';
import { relayConnection } from '../channels/relay.ts';
import type { Channel } from '../connection/channel.ts';
import { ChannelRefusedError } from '../connection/channel-refused-error.ts';
import type { ChannelOpen } from '../connection/connection.ts';
import { openFailureOf, refusalText } from '../faults.ts';
import { forwardingOperation, placeOf } from '../operations.ts';
import type { SessionContext } from '../session-context.ts';
import { serverGone } from '../session-end.ts';
import type { SshTarget } from '../target.ts';
import { openFailureReason } from '../wire/connection/messages.ts';
import { leadsToSshd, type Route, readRoute } from './places.ts';

const done: Outcome = { message: null, targetCode: null, rowCount: null };

/**
 * `direct-tcpip` (RFC 4254, section 7.2): the open stays unanswered until it is decided, so that
 * nothing can flow before that.
 */
export async function forwardDirectly(
  open: ChannelOpen,
  { upstream, grant }: SessionContext,
  decide: (operation: SshOperation) => Promise<Clearance>,
): Promise<void> {
  const route = readRoute(open.fields);
  const clearance = await decide(directOperation(route, grant.target, upstream.user));
  if (clearance.kind === 'refused') {
    open.refuse(openFailureOf(clearance.refusal), refusalText(clearance.refusal));
    return;
  }
  const sink = clearance.permit.spend();
  let server: Channel;
  try {
    server = await upstream.connection.open(open.type, open.fields);
  } catch (error) {
    await notOpened(open, sink, error);
    return;
  }
  await relayConnection(open.accept(), server);
  await sink.succeeded(done);
}

function directOperation(route: Route, target: SshTarget, user: string): SshOperation {
  const { place } = route;
  const sshd = leadsToSshd(place, target);
  return forwardingOperation(
    {
      ...{ kind: 'direct_tcpip', ...place },
      what: `connect from the server to ${placeOf(place.host, place.port)}`,
      classes: sshd ? ['opaque'] : ['plain'],
      notes: sshd
        ? [
            'An SSH server listens there, perhaps the target itself: what is run through it is not decided.',
          ]
        : [],
      action: { host: place.host, port: place.port },
    },
    user,
  );
}

async function notOpened(open: ChannelOpen, sink: OutcomeSink, error: unknown): Promise<void> {
  const refused = error instanceof ChannelRefusedError ? error : null;
  const message = refused?.message ?? serverGone.message;
  await sink.failed({ message, targetCode: null, rowCount: null });
  open.refuse(refused?.reason ?? openFailureReason.connectFailed, message);
}
