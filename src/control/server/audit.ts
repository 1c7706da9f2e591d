import type { Erasure } from '../../core/content-erasure.ts';
import { safeLine } from '../../core/safe-text.ts';
import type { AuditPage } from '../contract.ts';
import { checked, queryOf } from './body.ts';
import { badRequest, Problem } from './problem.ts';
import type { Call, Route } from './route.ts';
import { auditQuery, erasureBody } from './schemas.ts';

/** Without a place to begin, so many before the end. */
const shownAtFirst = 10;

export const auditRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/audit/records',
    async answer(call) {
      const { ports, query } = call;
      onlyOperators(call, 'the audit log is');
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
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/audit/erasures',
    async answer(call) {
      onlyOperators(call, 'erasing content is');
      const { requests = [], sessions = [], before } = checked(erasureBody, call.body);
      const named = requests.length + sessions.length > 0;
      if (named === (before !== undefined)) {
        throw badRequest('either requests and sessions, or before');
      }
      const erased = await call.ports.erasures.erase(
        call.caller.principal,
        before === undefined
          ? { kind: 'named', requests, sessions }
          : { kind: 'before', before: Date.parse(before) },
      );
      if ('because' in erased) throw refusedErasure(erased);
      return { status: 200, body: erased };
    },
  },
];

function onlyOperators({ caller, ports }: Call, what: string): void {
  if (ports.sessions.isOperator(caller.principal)) return;
  throw new Problem(403, 'FORBIDDEN', `${what} for operators (gateway.operators)`);
}

function refusedErasure({ id, because }: Extract<Erasure, { kind: 'refused' }>): Problem {
  const which = safeLine(id);
  if (because === 'unknown') {
    return new Problem(404, 'NOT_FOUND', `there is no ${which}; nothing was erased`);
  }
  return new Problem(409, 'CONFLICT', `${which} has not ended; nothing was erased`);
}
