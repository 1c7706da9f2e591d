import type { RequestMode } from '../../core/request.ts';
import type { PrincipalView } from '../contract.ts';

/**
 * GET /v1/recordings (own; all for operators), GET /v1/recordings/:id. What stands beside a
 * recording in the clear. GET /v1/recordings/:id/files/:file with `Upgrade: hoopx-recording/1`
 * gives the bytes of one file as they are stored; with `?follow=true` it goes on for as long as
 * the session does.
 */
export interface RecordingView {
  readonly id: string;
  readonly connection: string;
  readonly protocol: string;
  readonly principal: Pick<PrincipalView, 'name' | 'subject' | 'issuer' | 'kind' | 'person'>;
  readonly client: string;
  /** The approved request by which masks were lifted; its answers are not recorded. */
  readonly unmaskedBy?: string | null;
  readonly mode: RequestMode;
  readonly startedAt: string;
  /** Null while it is open, and where the gateway was killed. */
  readonly endedAt: string | null;
  /** `cut_off`: the gateway was killed meanwhile; what was written by then is there. */
  readonly state: 'open' | 'ended' | 'cut_off';
  /** A refusal code, where the session did not end by itself. */
  readonly endedBy: string | null;
  /** Those that are held now among them. */
  readonly operations: number;
  readonly verdicts: { readonly allow: number; readonly deny: number; readonly review: number };
  /** Of all operations, those that did not run. */
  readonly refused: number;
  /** Encrypted: only holders of an identity can read it. */
  readonly sealed: boolean;
  /** In a list that was searched for a text: false where it is encrypted, and so was not searched. */
  readonly searched: boolean;
  readonly files: readonly string[];
}

/** GET /v1/recordings, as query parameters: newest first. */
export interface RecordingQuery {
  /** A person's or principal's name. */
  readonly person?: string;
  readonly connection?: string;
  /** RFC 3339: sessions that were open at that time or later, or began before. */
  readonly since?: string;
  readonly until?: string;
  /** In statements, commands, paths, file names and output; case does not matter. */
  readonly text?: string;
  /** With an operation that was decided so, where `review` counts once it is held; or that did not run. */
  readonly verdict?: 'allow' | 'deny' | 'review' | 'refused';
  readonly limit?: number;
  readonly cursor?: string;
}
