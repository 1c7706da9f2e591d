import { RefusedError } from '../../core/refusal.ts';
import { checked, queryOf } from './body.ts';
import { pageBy } from './page.ts';
import { notFound } from './problem.ts';
import type { Route } from './route.ts';
import { cancelBody, pageQuery } from './schemas.ts';
import { requestView } from './views.ts';

export const connectionRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/connections',
    answer({ caller, ports, query }) {
      const all = ports.connections.list(caller.principal);
      const page = pageBy(all, ({ name }) => name, checked(pageQuery, queryOf(query)));
      return { status: 200, body: page };
    },
  },
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/connections/:name',
    answer({ caller, ports, parameter }) {
      const connection = ports.connections.find(caller.principal, parameter('name'));
      if (connection === null) throw notFound();
      return { status: 200, body: connection };
    },
  },
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/connections/:name/unmask',
    async answer({ caller, ports, parameter, body }) {
      const { reason = null } = checked(cancelBody, body);
      const { principal } = caller;
      const asked = await ports.unmasking.ask({ principal, connection: parameter('name') }, reason);
      if (asked.kind === 'refused') throw new RefusedError(asked.refusal);
      return { status: 200, body: requestView(asked.request, principal, ports.requests) };
    },
  },
];
