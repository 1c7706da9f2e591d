import type { SshKind } from '../../../core/facts.ts';
import type { JsonObject } from '../../../core/json.ts';

export type FileKind = Extract<SshKind, `sftp_${string}`>;

/** One operation on files, as it is put to a decision. */
export interface FileAction {
  readonly kind: FileKind;
  /** `kind`, and `sftp_read` beside it for a file that is opened to be written and read. */
  readonly kinds: readonly FileKind[];
  /**
   * Every path it touches: as sent (made absolute by the session's home, lexically
   * normalised) and as the server resolves it (REALPATH), without repeats.
   */
  readonly paths: readonly string[];
  /** One line: `write /srv/app/config.yaml (create, truncate)`. Not yet safe for a terminal. */
  readonly summary: string;
  /** For the digest: packet type, raw path bytes as base64, flags, attributes. */
  readonly action: JsonObject;
  /** Whether file contents follow that no reviewer sees: an open for writing. */
  readonly input: boolean;
}

export type FileOutcome = 'succeeded' | 'failed' | 'unknown';

export interface ClearedFile {
  readonly kind: 'cleared';
  /** Of the operation in its session. */
  readonly number: number;
  /** To be called once. */
  settle(outcome: FileOutcome, message: string | null): Promise<void>;
}

export type FileClearance =
  | ClearedFile
  /** Becomes SSH_FX_PERMISSION_DENIED with this text. */
  | { readonly kind: 'refused'; readonly message: string };
