import type { HeldRequest } from '../../core/request.ts';
import type { RequestView } from '../contract.ts';
import { checked, queryOf } from './body.ts';
import { notFound } from './problem.ts';
import { followRequests } from './request-events.ts';
import type { Call, Route } from './route.ts';
import { cancelBody, decisionBody, requestsQuery } from './schemas.ts';
import { requestView } from './views.ts';

/** Pages that are read to fill one page of what the caller may see. */
const scanLimit = 10;

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
      const decided = await call.ports.requests.decide(id, call.caller.principal, {
        ...decision,
        ...(reason === undefined ? {} : { reason }),
      });
      return { status: 200, body: viewFor(call, decided) };
    },
  },
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/requests/:id/cancel',
    async answer(call) {
      const { reason } = checked(cancelBody, call.body);
      const request = await visible(call);
      const { principal } = call.caller;
      if (!call.ports.requests.standing(request, principal).own) throw notFound();
      const cancelled = await call.ports.requests.cancel(request.id, principal, reason ?? '');
      return { status: 200, body: viewFor(call, cancelled) };
    },
  },
];

async function visible(call: Call): Promise<HeldRequest> {
  const request = await call.ports.requests.find(call.parameter('id'));
  if (request === null) throw notFound();
  if (!call.ports.requests.standing(request, call.caller.principal).visible) throw notFound();
  return request;
}

function viewFor(call: Call, request: HeldRequest): RequestView {
  return requestView(request, call.ports.requests.standing(request, call.caller.principal));
}

/** A page may be shorter than its limit, or empty, and still have a next one. */
async function listRequests(call: Call) {
  const { ports, caller } = call;
  const query = checked(requestsQuery, queryOf(call.query));
  const items: RequestView[] = [];
  let cursor = query.cursor ?? null;
  for (let scans = 0; scans < scanLimit && items.length < query.limit; scans += 1) {
    const page = await ports.requests.list({
      states: query.state ?? [],
      ownedBy: query.mine === 'true' ? caller.principal : null,
      connection: query.connection ?? null,
      limit: query.limit - items.length,
      cursor,
    });
    for (const request of page.items) {
      const standing = ports.requests.standing(request, caller.principal);
      if (standing.visible) items.push(requestView(request, standing));
    }
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return { items, nextCursor: cursor };
}
