import { checked, queryOf } from './body.ts';
import { pageBy } from './page.ts';
import { notFound } from './problem.ts';
import type { Route } from './route.ts';
import { pageQuery } from './schemas.ts';

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
];
