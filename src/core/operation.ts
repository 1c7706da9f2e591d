import type { Facts, HttpFacts, KubernetesFacts, SqlFacts, SshFacts } from './facts.ts';
import type { JsonObject } from './json.ts';

/**
 * What rules see of an operation, and all that a verdict depends on beside principal,
 * connection and policy revision. Adapters hand over the same object for the same text,
 * so that a verdict can be remembered by identity.
 */
export interface Decidable<OfOne extends Facts = Facts> {
  readonly protocol: OfOne['protocol'];
  readonly facts: OfOne;
  /** What `pattern` matches: for SQL every text that would run, joined by newlines. */
  readonly text: string;
  /** One line: `DELETE FROM accounts WHERE id = $1`. Not yet safe for a terminal. */
  readonly summary: string;
  /** Set when the operation can never pass, whatever the rules say. */
  readonly barred?: {
    readonly code: 'UNPARSEABLE' | 'NAME_UNCERTAIN' | 'UNMASKABLE';
    readonly message: string;
  };
}

/** How a reviewer is shown the operation: decoded from the wire, never the requester's words. */
export interface Presentation {
  /** The whole statement or command. */
  readonly statement: string;
  readonly parameters: readonly { readonly type: string; readonly value: string | null }[];
  /** Lines such as "unqualified tables resolve through search_path = app, public". */
  readonly notes: readonly string[];
  /** What runs what, a line each, deeper lines indented; empty where the statement says it all. */
  readonly outline: readonly string[];
  /** "none", "open" or "failed", and the statements that it ran so far; null without transactions. */
  readonly transaction: {
    readonly state: 'none' | 'open' | 'failed';
    readonly ran: readonly string[];
  } | null;
  /** What the target said beforehand would come of it: no part of the digest, and no promise. */
  readonly preview?: readonly string[];
  /** An approval gives a grant, which lasts its time to run; nothing is run by it. */
  readonly grant?: true;
  /** Input outside the digest: "COPY data". */
  readonly inputNotReviewed: string | null;
}

/** One decoded action. `action` and `presentation` are computed only when something is held. */
export interface Operation<OfOne extends Facts = Facts> {
  readonly decidable: Decidable<OfOne>;
  /** Null where the protocol has none. */
  readonly database: string | null;
  readonly upstreamUser: string;
  /** Fresh session, no open transaction, all input inside the digest: may be approved now and run later. */
  readonly claimable: boolean;
  /** The client asks to come back for it, also in a session whose other operations are live. */
  readonly comesBack?: boolean;
  /** The exact action, for the digest: canonical JSON, bytes as base64. */
  action(): JsonObject;
  presentation(): Presentation;
}

export type SqlDecidable = Decidable<SqlFacts>;
export type SqlOperation = Operation<SqlFacts>;
export type SshDecidable = Decidable<SshFacts>;
export type SshOperation = Operation<SshFacts>;
export type HttpDecidable = Decidable<HttpFacts>;
export type HttpOperation = Operation<HttpFacts>;
export type KubernetesDecidable = Decidable<KubernetesFacts>;
export type KubernetesOperation = Operation<KubernetesFacts>;
