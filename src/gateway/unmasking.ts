import type { RequestStore } from '../approvals/request-store.ts';
import type { Approvals, RequestDraft, Submission } from '../core/approvals.ts';
import type { Clock } from '../core/clock.ts';
import { operationDigest } from '../core/digest.ts';
import type { JsonObject } from '../core/json.ts';
import type { LiftableRule } from '../core/masking.ts';
import { type Principal, personKey, principalKey } from '../core/principal.ts';
import { RefusedError } from '../core/refusal.ts';
import type { HeldRequest } from '../core/request.ts';
import type { ChainRequirement } from '../core/verdict.ts';
import { lengthOf } from '../masking/explain.ts';
import { notRecorded } from '../recording/without-answers.ts';
import { admissible, connectionIdentity, type Footing } from './footing.ts';
import type { Session } from './sessions.ts';

export interface UnmaskingDeps {
  readonly footing: () => Footing;
  readonly approvals: Pick<Approvals, 'submit' | 'get'>;
  readonly store: Pick<RequestStore, 'findOpen'>;
  readonly clock: Clock;
}

/** Whose masks on which connection. */
interface Whose {
  readonly principal: Principal;
  readonly connection: string;
}

/**
 * Grants by which masks are lifted for a time. A grant is an approved request of its own: it
 * begins at the approval, ends with the request's time to run, and is revoked as requests are.
 * It is never consumed, and holds only while the rules say what they said when it was asked for.
 */
export interface Unmasking {
  /** Throws a RefusedError where nothing can be lifted. */
  ask(whose: Whose, reason: string | null): Promise<Submission>;
  /**
   * Whether a grant lifts masks of the session that begins; then the session ends with the grant.
   * Throws when the store is lost.
   */
  lift(session: Session, footing: Footing): Promise<boolean>;
}

export function createUnmasking({ footing, approvals, store, clock }: UnmaskingDeps): Unmasking {
  const holds = (request: HeldRequest | null): request is HeldRequest =>
    request?.state === 'approved' && (request.runBefore ?? 0) > clock();

  return {
    async ask(whose, reason) {
      const draft = draftOf(footing(), whose, reason);
      if (draft !== null) return approvals.submit(draft);
      throw new RefusedError({
        code: 'ACCESS_DENIED',
        message: `nothing that is masked for you on ${whose.connection} can be unmasked`,
        hint: 'A masking rule has to say so: unmask: { chain: …, for: 1h }.',
      });
    },
    async lift(session, standing) {
      const draft = draftOf(standing, session, null);
      if (draft === null) return false;
      const open = await store.findOpen(principalKey(draft.principal), draft.digest);
      const found = open.find(holds);
      if (found === undefined) return false;
      session.unmasked(found.id, (found.runBefore ?? 0) - clock());
      // Had it been revoked before the session was tied to it, nobody would end the session.
      if (holds(await approvals.get(found.id))) return true;
      throw new RefusedError(grantOver);
    },
  };
}

/** What the target said in a session with lifted masks is not kept with its requests either. */
export function withoutWords(approvals: Approvals): Approvals {
  return {
    ...approvals,
    finish(id, state, outcome) {
      const quotes = outcome.message !== null && outcome.targetCode !== null;
      const message = quotes ? notRecorded : outcome.message;
      return approvals.finish(id, state, { ...outcome, message });
    },
  };
}

/** Said to the sessions in which it lifted masks. */
export const grantOver = {
  code: 'REVOKED',
  message: 'the grant that lifted masks has ended',
  hint: 'Connect again: the answers are masked.',
} as const;

function draftOf(
  footing: Footing,
  { principal, connection: name }: Whose,
  reason: string | null,
): RequestDraft | null {
  const config = admissible(footing, { connection: name, principal });
  const connection = connectionIdentity(name, config);
  const rules = footing.masking.liftable({ connection, principal, protocol: config.type });
  if (rules.length === 0) return null;
  const forMs = Math.min(...rules.map(({ unmask }) => unmask.forMs));
  const chains = chainsOf(rules, footing, forMs);
  const action: JsonObject = {
    // By another token the same subject may be an agent, or belong to somebody else.
    by: { kind: principal.kind, person: personKey(principal) },
    unmask: rules.map((rule) => JSON.parse(JSON.stringify({ ...rule, key: null }))),
    chains: JSON.parse(JSON.stringify(chains)),
  };
  const summary = `unmask ${name} for ${lengthOf(forMs)}`;
  const bound = { protocol: config.type, database: null, upstreamUser: 'its own user', principal };
  return {
    ...{ ...bound, mode: 'claimable', connection, summary, reason, chains },
    digest: operationDigest({
      ...{ ...bound, connection: name, connectionRevision: connection.revision, action },
    }),
    presentation: {
      statement: summary,
      parameters: [],
      notes: [
        'from the approval on, sessions that begin show what these rules mask, and end with that time',
        ...rules.map(shown),
      ],
      outline: [],
      transaction: null,
      grant: true,
      inputNotReviewed: 'what runs in these sessions',
    },
    idempotencyKey: null,
    rules: rules.map(({ name: rule }) => rule ?? 'masking'),
    policyRevision: footing.policy.revision,
    sessionId: '',
    fallback: () => 'deny',
  };
}

/** Each chain once. The time to run is the time that the grant lasts; no rules stand in for people. */
function chainsOf(
  rules: readonly LiftableRule[],
  { config }: Footing,
  forMs: number,
): readonly ChainRequirement[] {
  return [...new Set(rules.map(({ unmask }) => unmask.chain))].map((name) => {
    const chain = Object.hasOwn(config.policy.chains, name) ? config.policy.chains[name] : null;
    if (!chain) throw new Error(`there is no chain ${name}`);
    return { ...chain, name, runWithinMs: forMs, fallback: 'deny' };
  });
}

function shown({ name, columns, paths, detectors, patterns }: LiftableRule): string {
  const what = [...columns, ...paths, ...detectors, ...Object.keys(patterns)].join(', ');
  return name === null ? what : `${name}: ${what}`;
}
