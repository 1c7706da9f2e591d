import type { Protocol } from './facts.ts';
import type { PrincipalKind } from './principal.ts';
import type { RefusalCode } from './refusal.ts';
import type { Decision, RequestMode, RequestState } from './request.ts';
import type { StageSpec } from './rules.ts';
import type { StoredFile } from './stored-file.ts';

/** Version of the form that every record has. */
export const auditVersion = 'hoopx.audit/v1';

/** Who acted, as the token said. */
export interface AuditPrincipal {
  readonly issuer: string;
  readonly subject: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly person: string;
  readonly personNamespace: string;
  readonly groups: readonly string[];
}

/**
 * `sha256:` and 64 hexadecimal digits over a salt and what is not written here. The salt is
 * kept with the content: once both are erased, nothing can be guessed back from this.
 */
export type Commitment = string;

/** What a chain asked for, as far as a quorum can be checked against it. */
export interface AuditChain {
  readonly name: string;
  readonly stages: readonly StageSpec[];
}

/** A reviewer's own signature over `decisionStatement`, Ed25519. */
export interface AuditSignature {
  /** Of the reviewer's key: see `reviewerKeyId`. */
  readonly keyId: string;
  /** When the reviewer's device says it signed, RFC 3339. */
  readonly time: string;
  /** base64 */
  readonly signature: string;
}

interface AboutRequest {
  readonly request: string;
  /** Of the operation's digest, under the request's salt; the same in all its records. */
  readonly operation: Commitment;
}

type EndedState = Extract<
  RequestState,
  'denied' | 'changes_requested' | 'expired' | 'cancelled' | 'revoked'
>;

/**
 * `broken_off`: it could not be written to its end. `never_opened`: it could not be written at all.
 * `recovered`: the gateway was killed before it had said what it holds, which is what lay there
 * when it was started again.
 */
export type ClosedState = 'complete' | 'broken_off' | 'never_opened' | 'recovered';

/** Everything that is taken down, without what every record has. Times are RFC 3339, UTC. */
export type AuditBody =
  | {
      readonly type: 'gateway_started';
      readonly version: string;
      readonly revision: string;
      readonly publicUrl: string;
    }
  | { readonly type: 'gateway_stopped' }
  | { readonly type: 'configuration_changed'; readonly from: string; readonly to: string }
  /** Where checkpoints were kept they are gone, or were changed. */
  | { readonly type: 'anchor_diverged'; readonly anchor: string; readonly problem: string }
  /** The first use of a token since the gateway started. */
  | {
      readonly type: 'login_seen';
      readonly principal: AuditPrincipal;
      readonly authenticatedBy: string;
      readonly tokenExpiresAt: string;
    }
  | {
      readonly type: 'reviewer_key_enrolled';
      readonly principal: AuditPrincipal;
      readonly keyId: string;
      /** The 32 bytes of RFC 8032, base64. */
      readonly publicKey: string;
      /** `login`: by `hoopx login`. `token`: by a reviewer who brought a token instead. */
      readonly origin: 'login' | 'token';
    }
  | {
      readonly type: 'tunnel_opened';
      readonly tunnel: string;
      readonly connection: string;
      readonly mode: RequestMode;
      readonly principal: AuditPrincipal;
    }
  | { readonly type: 'tunnel_closed'; readonly tunnel: string; readonly code: RefusalCode }
  | {
      readonly type: 'session_began';
      readonly session: string;
      readonly tunnel: string;
      readonly connection: string;
      readonly protocol: Protocol;
      readonly mode: RequestMode;
      readonly client: string;
      readonly principal: AuditPrincipal;
      /** The approved request by which masks are lifted in it. */
      readonly unmaskedBy?: string;
      /** Whether it may go on unrecorded; not there in records of older gateways, which close none. */
      readonly recording?: 'required' | 'optional';
    }
  | { readonly type: 'session_ended'; readonly session: string; readonly operations: number }
  /** Repeats of one operation that rules let pass, within about a second. */
  | {
      readonly type: 'operations_passed';
      readonly session: string;
      readonly count: number;
      readonly first: string;
      readonly last: string;
      readonly rules: readonly string[];
      readonly revision: string;
      readonly classes: readonly string[];
      /** Of the text that the rules saw. */
      readonly text: Commitment;
    }
  | {
      readonly type: 'operation_refused';
      readonly session: string;
      readonly connection: string;
      readonly principal: AuditPrincipal;
      readonly code: RefusalCode;
      readonly rules: readonly string[];
      readonly revision: string;
      readonly classes: readonly string[];
      readonly text: Commitment;
      readonly request: string | null;
    }
  | (AboutRequest & {
      readonly type: 'request_submitted';
      readonly session: string;
      readonly mode: RequestMode;
      readonly connection: string;
      readonly connectionRevision: string;
      readonly protocol: string;
      readonly principal: AuditPrincipal;
      readonly rules: readonly string[];
      readonly policyRevision: string;
      readonly chains: readonly AuditChain[];
      readonly expiresAt: string;
      /** Of the requester's words. */
      readonly reason: Commitment | null;
    })
  | (AboutRequest & { readonly type: 'request_keyed' })
  | (AboutRequest & {
      readonly type: 'decision';
      readonly decision: Decision['kind'];
      readonly by: AuditPrincipal;
      readonly at: string;
      readonly chain: string;
      readonly stage: number;
      readonly reason: Commitment | null;
      readonly policyRevision: string;
      readonly signature: AuditSignature;
    })
  | (AboutRequest & { readonly type: 'request_approved'; readonly runBefore: string })
  | (AboutRequest & {
      readonly type: 'fallback_approved';
      readonly cause: string;
      readonly runBefore: string;
    })
  | (AboutRequest & {
      readonly type: 'request_ended';
      readonly state: EndedState;
      readonly by: string | null;
      /** Why a fallback did not allow it. */
      readonly cause: string | null;
    })
  /** The approval is used up, and the bytes are about to leave. */
  | (AboutRequest & { readonly type: 'intent'; readonly approval: 'people' | 'fallback' })
  | (AboutRequest & {
      readonly type: 'outcome';
      readonly state: 'succeeded' | 'failed' | 'unknown';
      readonly targetCode: string | null;
      readonly rowCount: number | null;
    })
  /** Nothing more is written to the session's recording: what it holds, once for each session. */
  | {
      readonly type: 'recording_closed';
      readonly session: string;
      readonly state: ClosedState;
      /** By name; none where there is nothing. */
      readonly files: readonly StoredFile[];
    }
  /** By retention: `content_erased` tells of those that somebody erased. */
  | {
      readonly type: 'recording_removed';
      readonly session: string;
      readonly reason: 'age' | 'size';
    }
  | {
      readonly type: 'recording_read';
      readonly session: string;
      readonly principal: AuditPrincipal;
      readonly how: string;
    }
  /** What these records commit to is not kept any more. */
  | {
      readonly type: 'content_erased';
      readonly principal: AuditPrincipal;
      /** At most 200: more of them take more records. */
      readonly requests: readonly string[];
      /** Whose recordings are removed next. */
      readonly sessions: readonly string[];
      /** Where all that ended before it was to go. */
      readonly before: string | null;
    };

/** A record as it stands in the log. */
export type AuditRecord = AuditBody & {
  readonly v: typeof auditVersion;
  /** From 1, without a gap: the record's place in the Merkle tree, plus one. */
  readonly seq: number;
  readonly time: string;
  /** `hash` of the record before; null for the first. */
  readonly prev: string | null;
};

/** Where the log ends. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** One line of the log: canonical JSON, without its end of line. */
export interface SealedRecord extends AuditHead {
  readonly line: string;
}

/** What is appended, and what has to be kept outside the log to open its commitments. */
export interface AuditEntry {
  readonly body: AuditBody;
  /** Of the session that the body begins. */
  readonly salt?: string;
}

/** The log as the gateway's store keeps it. Everything throws when the store is lost. */
export interface AuditLedger {
  /** Durable once it resolves, all of them or none. */
  append(entries: readonly AuditEntry[]): Promise<void>;
  head(): Promise<AuditHead | null>;
  /** In order, from the one after `seq`. */
  after(seq: number, limit: number): Promise<readonly SealedRecord[]>;
  /** Sessions whose recordings have begun and are not closed yet, as far as is written. */
  unclosedRecordings(): Promise<readonly string[]>;
}
