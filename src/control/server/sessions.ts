import { checked, queryOf } from './body.ts';
import { pageBy } from './page.ts';
import { notFound } from './problem.ts';
import type { Route } from './route.ts';
import { pageQuery } from './schemas.ts';

export const sessionRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/sessions',
    answer({ caller, ports, query }) {
      const all = ports.sessions.list(caller.principal);
      const page = pageBy(
        all,
        ({ startedAt, id }) => `${startedAt} ${id}`,
        checked(pageQuery, queryOf(query)),
      );
      return { status: 200, body: page };
    },
  },
  {
    kind: 'call',
    method: 'DELETE',
    path: '/v1/sessions/:id',
    answer({ caller, ports, parameter }) {
      if (!ports.sessions.kill(caller.principal, parameter('id'))) throw notFound();
      return { status: 204 };
    },
  },
];
