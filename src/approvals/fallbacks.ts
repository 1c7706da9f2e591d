import { isOpen } from '../core/open-request.ts';
import type { HeldRequest } from '../core/request.ts';
import type { ChainRequirement } from '../core/verdict.ts';
import type { ApprovalLog } from './approval-log.ts';
import type { Changes } from './changes.ts';
import type { FallbackAnswer } from './lifecycle.ts';

export type AskFallback = (policy: string) => 'allow' | 'deny';

/**
 * The rule sets to ask when approval cannot be had. They live with the session that asked,
 * so a request that outlives its gateway has none, and is not allowed by one.
 */
export interface Fallbacks {
  remember(request: HeldRequest, ask: AskFallback): void;
  answer(request: HeldRequest): FallbackAnswer;
}

export function createFallbacks(changes: Changes, log: ApprovalLog): Fallbacks {
  const known = new Map<string, AskFallback>();
  changes.subscribe((request) => {
    if (!isOpen(request)) known.delete(request.id);
  });
  return {
    remember(request, ask) {
      if (request.chains.some(({ fallback }) => fallback !== 'deny')) known.set(request.id, ask);
    },
    answer: (request) => strictest(request.chains, known.get(request.id) ?? (() => 'deny'), log),
  };
}

/** With several chains the strictest fallback applies; what throws does not allow. */
export function strictest(
  chains: readonly ChainRequirement[],
  ask: AskFallback,
  log: ApprovalLog,
): FallbackAnswer {
  const policies = chains.flatMap(({ fallback }) => (fallback === 'deny' ? [] : [fallback.policy]));
  if (policies.length === 0 || policies.length < chains.length) return 'none';
  try {
    return policies.every((policy) => ask(policy) === 'allow') ? 'allow' : 'deny';
  } catch (error) {
    log.error({ err: error, policies }, 'a fallback could not be asked, so it does not allow');
    return 'deny';
  }
}
