import type { AuditPage } from '../contract.ts';
import { checked, queryOf } from './body.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';
import { auditQuery } from './schemas.ts';

/** Without a place to begin, so many before the end. */
const shownAtFirst = 10;

export const auditRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/audit/records',
    async answer({ caller, ports, query }) {
      if (!ports.sessions.isOperator(caller.principal)) {
        throw new Problem(403, 'FORBIDDEN', 'the audit log is for operators (gateway.operators)');
      }
      const { after, limit } = checked(auditQuery, queryOf(query));
      const end = (await ports.audit.head())?.seq ?? 0;
      const from = after ?? Math.max(0, end - shownAtFirst);
      const records = await ports.audit.after(from, limit);
      const body: AuditPage = {
        lines: records.map(({ line }) => line),
        last: records.at(-1)?.seq ?? from,
      };
      return { status: 200, body };
    },
  },
];
