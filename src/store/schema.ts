/** Portable types only: text, integer and bigint mean the same to SQLite and PostgreSQL. */
export interface Tables {
  requests: RequestsTable;
  consumptions: ConsumptionsTable;
  revoked_tokens: RevokedTokensTable;
  audit_records: AuditRecordsTable;
  audit_salts: AuditSaltsTable;
  unclosed_recordings: UnclosedRecordingsTable;
  reviewer_keys: ReviewerKeysTable;
}

/** `body` is the whole request; the other columns are drawn from it, to find and to guard it. */
export interface RequestsTable {
  id: string;
  version: number;
  state: string;
  mode: string;
  created_at: number;
  due_at: number | null;
  requester: string;
  connection: string;
  digest: string;
  /** Unique: the principal's idempotency key. */
  key_claim: string | null;
  /** Unique: the one open claimable request of a principal, digest and key. */
  open_claim: string | null;
  body: string;
}

/** One row for each approval that was used; the primary key forbids a second use. */
export interface ConsumptionsTable {
  request_id: string;
  /** The request's, as it began to run. */
  version: number;
}

export interface RevokedTokensTable {
  hash: string;
  expires_at: number;
}

/** `line` is the whole record; nothing is ever changed here, and nothing removed. */
export interface AuditRecordsTable {
  seq: number;
  hash: string;
  line: string;
}

/** What a session's commitments were made with; a request keeps its own beside its content. */
export interface AuditSaltsTable {
  session_id: string;
  salt: string;
}

/** Of sessions that have begun, until `recording_closed` is in the log. */
export interface UnclosedRecordingsTable {
  session_id: string;
}

/** One row for each key of each principal. */
export interface ReviewerKeysTable {
  key_id: string;
  /** `principalKey` */
  principal: string;
  public_key: string;
  origin: string;
  enrolled_at: number;
}
