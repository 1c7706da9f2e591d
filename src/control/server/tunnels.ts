import type { TunnelEvent, TunnelHeartbeat } from '../contract.ts';
import { checked } from './body.ts';
import type { Tunnel, TunnelNotice } from './ports.ts';
import { notFound } from './problem.ts';
import type { Call, Route } from './route.ts';
import { emptyBody, openTunnelBody } from './schemas.ts';
import { requestView, timeText } from './views.ts';

export const tunnelRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/tunnels',
    answer({ caller, ports, body }) {
      const { reason, idempotencyKey, ...ask } = checked(openTunnelBody, body);
      const tunnel = ports.tunnels.open(caller, {
        ...ask,
        ...(reason === undefined ? {} : { reason }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
      return { status: 201, body: tunnel.view() };
    },
  },
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/tunnels/:id',
    answer: (call) => ({ status: 200, body: tunnelOf(call).view() }),
  },
  {
    kind: 'call',
    method: 'DELETE',
    path: '/v1/tunnels/:id',
    answer(call) {
      tunnelOf(call).close({
        code: 'CANCELLED_BY_REQUESTER',
        message: 'the requester closed the tunnel',
      });
      return { status: 204 };
    },
  },
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/tunnels/:id/heartbeat',
    answer(call) {
      checked(emptyBody, call.body);
      const body: TunnelHeartbeat = {
        expiresAt: timeText(tunnelOf(call).heartbeat(call.caller)),
      };
      return { status: 200, body };
    },
  },
  {
    kind: 'events',
    method: 'GET',
    path: '/v1/tunnels/:id/events',
    async follow(call, open) {
      const tunnel = tunnelOf(call);
      const sink = open();
      const unsubscribe = tunnel.subscribe((notice) => {
        sink.send(eventOf(notice, call));
        if (notice.type === 'closed') sink.end();
      });
      sink.signal.addEventListener('abort', unsubscribe, { once: true });
    },
  },
  {
    kind: 'upgrade',
    method: 'GET',
    path: '/v1/tunnels/:id/stream',
    protocol: 'hoopx-tunnel/1',
    carry: (call, open) => tunnelOf(call).carry(open),
  },
];

function tunnelOf({ caller, ports, parameter }: Call): Tunnel {
  const tunnel = ports.tunnels.find(caller, parameter('id'));
  if (tunnel === null) throw notFound();
  return tunnel;
}

function eventOf(notice: TunnelNotice, { caller, ports }: Call): TunnelEvent {
  switch (notice.type) {
    case 'held': {
      const request = requestView(notice.request, caller.principal, ports.requests);
      return { type: 'held', request, kind: notice.kind };
    }
    case 'decided':
      return notice;
    case 'closed':
      return { type: 'closed', code: notice.refusal.code, message: notice.refusal.message };
    default:
      return notice satisfies never;
  }
}
