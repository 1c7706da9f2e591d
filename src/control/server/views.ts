import { type Principal, personKey } from '../../core/principal.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { PrincipalView, RequestView } from '../contract.ts';
import type { RequestDesk } from './ports.ts';

export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function principalView(principal: Principal): PrincipalView {
  const { name, subject, issuer, kind, person, groups, groupsClaimMissing, authenticatedBy } =
    principal;
  return { name, subject, issuer, kind, person, groups, groupsClaimMissing, authenticatedBy };
}

export function requestView(
  request: HeldRequest,
  viewer: Principal,
  desk: Pick<RequestDesk, 'eligibility' | 'awaiting'>,
): RequestView {
  const { mayDecide, because } = desk.eligibility(request, viewer);
  return {
    ...request,
    createdAt: timeText(request.createdAt),
    expiresAt: timeText(request.expiresAt),
    runBefore: request.runBefore === null ? null : timeText(request.runBefore),
    endedAt: request.endedAt === null ? null : timeText(request.endedAt),
    erasedAt: request.erasedAt === undefined ? null : timeText(request.erasedAt),
    principal: principalView(request.principal),
    decisions: request.decisions.map((decision) => ({
      ...decision,
      by: principalView(decision.by),
      at: timeText(decision.at),
    })),
    own: personKey(viewer) === personKey(request.principal),
    awaiting: desk.awaiting(request),
    mayDecide,
    mayNotDecideBecause: because,
  };
}
