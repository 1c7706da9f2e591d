import type { PrincipalKind } from '../core/principal.ts';
import type { RequestMode } from '../core/request.ts';
import type { SessionAbout } from './session-lines.ts';

/**
 * What stands beside a recording in the clear, encrypted or not, so that it can be found and the
 * right people read it: who, where, when and how much, never what.
 */
export interface RecordingMeta {
  readonly schema: 'hoopx.recording-meta/v1';
  readonly id: string;
  readonly protocol: string;
  readonly connection: string;
  readonly principal: {
    readonly name: string;
    readonly subject: string;
    readonly issuer: string;
    readonly kind: PrincipalKind;
    readonly person: string;
    readonly personNamespace: string;
  };
  readonly client: string;
  readonly mode: RequestMode;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Null while the session is open; and for ever where the gateway was killed. */
  readonly endedAt: number | null;
  /** Why it was ended, where the client did not just leave. */
  readonly endedBy: string | null;
  readonly counts: Counts;
  readonly sealed: boolean;
  /** The request by which masks were lifted; not there where none were. */
  readonly unmaskedBy?: string;
}

export interface Counts {
  operations: number;
  allow: number;
  deny: number;
  review: number;
  /** Of all of them, those that did not run. */
  refused: number;
}

export const metaFile = 'meta.json';
const kinds: readonly string[] = ['human', 'ci', 'agent'];

export function newCounts(): Counts {
  return { operations: 0, allow: 0, deny: 0, review: 0, refused: 0 };
}

export function metaOf(about: SessionAbout, startedAt: number, sealed: boolean): RecordingMeta {
  const { id, protocol, connection, principal, client, mode, unmaskedBy = null } = about;
  const { name, subject, issuer, kind, person, personNamespace } = principal;
  return {
    ...{ schema: 'hoopx.recording-meta/v1', id, protocol, connection: connection.name },
    principal: { name, subject, issuer, kind, person, personNamespace },
    ...{ client, mode, startedAt, endedAt: null, endedBy: null, counts: newCounts(), sealed },
    ...(unmaskedBy === null ? {} : { unmaskedBy }),
  };
}

/** Null for what is no such file: a bad one must not keep the others from being read. */
export function readMeta(text: string): RecordingMeta | null {
  try {
    const value: unknown = JSON.parse(text);
    return isMeta(value) ? value : null;
  } catch {
    return null;
  }
}

function isMeta(value: unknown): value is RecordingMeta {
  if (!hasTexts(value, ['id', 'protocol', 'connection', 'client', 'mode'])) return false;
  const { schema, principal, startedAt, endedAt, counts, sealed } = value;
  return (
    schema === 'hoopx.recording-meta/v1' &&
    hasTexts(principal, ['name', 'subject', 'issuer', 'kind', 'person', 'personNamespace']) &&
    kinds.includes(String(principal.kind)) &&
    typeof startedAt === 'number' &&
    (endedAt === null || typeof endedAt === 'number') &&
    isRecord(counts) &&
    Object.values(counts).every((count) => typeof count === 'number') &&
    typeof sealed === 'boolean' &&
    ['undefined', 'string'].includes(typeof value.unmaskedBy)
  );
}

function hasTexts(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return isRecord(value) && names.every((name) => typeof value[name] === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
