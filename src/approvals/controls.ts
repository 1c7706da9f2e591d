import type { AuditSignature } from '../core/audit-record.ts';
import type { Principal } from '../core/principal.ts';
import type { Decision, HeldRequest } from '../core/request.ts';
import type { Ledger } from './ledger.ts';
import type { LifecycleEvent, RejectionCode } from './lifecycle.ts';
import type { ApprovalLimits } from './limits.ts';
import { isRequester } from './listing.ts';
import { mayReview } from './reviewers.ts';
import type { ApprovalDependencies } from './service.ts';
import { type SignatureObjectionCode, signatureObjection } from './signatures.ts';

export interface DecisionInput {
  readonly kind: Decision['kind'];
  /** Of the request as the reviewer was shown it. */
  readonly digest: string;
  /** By a key that the gateway knows as the reviewer's. */
  readonly signature: AuditSignature;
  readonly reason: string | null;
}

export type DecidedCode =
  | Exclude<RejectionCode, 'LAPSED'>
  | 'NOT_FOUND'
  | SignatureObjectionCode
  | 'REASON_TOO_LONG'
  | 'NOT_REQUESTER';

/** What a person's word came to. `request` is what stands; null when there is none. */
export type Decided =
  | { readonly kind: 'done'; readonly request: HeldRequest }
  | {
      readonly kind: 'refused';
      readonly code: DecidedCode;
      readonly message: string;
      readonly request: HeldRequest | null;
    };

/** What people may do to a request from outside its session. */
export interface Controls {
  /** Counts the reviewer's decision, once, if it may count. */
  decide(id: string, input: DecisionInput, reviewer: Principal): Promise<Decided>;
  /** For the requester, and for the person to whom a requesting agent or CI job belongs. */
  cancelByRequester(id: string, principal: Principal): Promise<Decided>;
  /** Takes back an approval that has not run: for whoever a chain of the request names. */
  revoke(id: string, by: Principal, reason: string | null): Promise<Decided>;
}

export function createControls(
  { store, keys }: Pick<ApprovalDependencies, 'store' | 'keys'>,
  ledger: Ledger,
  limits: ApprovalLimits,
): Controls {
  async function apply(id: string, event: LifecycleEvent): Promise<Decided> {
    const result = await ledger.apply(id, event);
    if (result === null) return notFound;
    const { request } = result;
    if (result.kind === 'moved') return { kind: 'done', request };
    const { code, message } = result;
    if (code !== 'LAPSED') return { kind: 'refused', code, message, request };
    return { kind: 'refused', code: 'NOT_PENDING', message, request: await ledger.expire(request) };
  }

  function tooLong(reason: string | null): Decided | null {
    if ((reason?.length ?? 0) <= limits.reasonCharacters) return null;
    const message = `a reason has at most ${limits.reasonCharacters} characters`;
    return { kind: 'refused', code: 'REASON_TOO_LONG', message, request: null };
  }

  return {
    async decide(id, input, by) {
      const { kind: decision, digest, reason, signature } = input;
      const long = tooLong(reason);
      if (long !== null) return long;
      const request = await store.get(id);
      if (request === null) return notFound;
      const objection = await signatureObjection(keys, request, input, by);
      if (objection !== null) return { kind: 'refused', ...objection, request };
      return apply(id, { kind: 'decide', decision, by, digest, reason, signature });
    },
    async cancelByRequester(id, principal) {
      const request = await store.get(id);
      if (request === null) return notFound;
      if (!isRequester(request, principal)) {
        const message = 'only who asked for it cancels it';
        return { kind: 'refused', code: 'NOT_REQUESTER', message, request };
      }
      return apply(id, { kind: 'cancel', by: principal.name, message: null });
    },
    async revoke(id, by, reason) {
      const request = await store.get(id);
      if (request === null) return notFound;
      if (!mayReview(request, by)) {
        const message = 'it does not wait for you';
        return { kind: 'refused', code: 'NOT_ELIGIBLE', message, request };
      }
      return tooLong(reason) ?? apply(id, { kind: 'revoke', by: by.name, message: reason });
    },
  };
}

const notFound: Decided = {
  kind: 'refused',
  code: 'NOT_FOUND',
  message: 'there is no such request',
  request: null,
};
