import { maySee } from '../../approvals/listing.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { Page, RequestView } from '../contract.ts';
import { checked, queryOf } from './body.ts';
import { cancelRequest } from './cancel-request.ts';
import { done } from './decided.ts';
import { notFound } from './problem.ts';
import { followRequests } from './request-events.ts';
import type { Call, Route } from './route.ts';
import { cancelBody, decisionBody, requestsQuery } from './schemas.ts';
import { requestView } from './views.ts';

export const requestRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/requests',
    answer: async (call) => ({ status: 200, body: await listRequests(call) }),
  },
  { kind: 'events', method: 'GET', path: '/v1/requests/events', follow: followRequests },
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/requests/:id',
    answer: async (call) => ({ status: 200, body: viewFor(call, await visible(call)) }),
  },
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/requests/:id/decision',
    async answer(call) {
      const { reason, ...decision } = checked(decisionBody, call.body);
      const { id } = await visible(call);
      const input = { ...decision, reason: reason ?? null };
      const decided = await call.ports.requests.decide(id, input, call.caller.principal);
      return { status: 200, body: viewFor(call, done(decided)) };
    },
  },
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/requests/:id/cancel',
    async answer(call) {
      const { reason } = checked(cancelBody, call.body);
      return { status: 200, body: viewFor(call, await cancelRequest(call, reason ?? null)) };
    },
  },
];

async function visible(call: Call): Promise<HeldRequest> {
  const request = await call.ports.requests.get(call.parameter('id'));
  if (request === null || !maySee(request, call.caller.principal)) throw notFound();
  return request;
}

function viewFor({ caller, ports }: Call, request: HeldRequest): RequestView {
  return requestView(request, caller.principal, ports.requests);
}

async function listRequests(call: Call): Promise<Page<RequestView>> {
  const { principal } = call.caller;
  const { state, mine, connection, limit, cursor } = checked(requestsQuery, queryOf(call.query));
  const filter = {
    visibleTo: principal,
    ...(state === undefined ? {} : { states: state }),
    ...(mine === 'true' ? { requester: principal } : {}),
    ...(connection === undefined ? {} : { connection }),
  };
  const page = await call.ports.requests.list(filter, cursor ?? null, limit);
  const items = page.items.map((request) => viewFor(call, request));
  return { items, nextCursor: page.nextCursor };
}
