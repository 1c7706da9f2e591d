import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import { dueAt, isOpen } from '../core/open-request.ts';
import { principalKey } from '../core/principal.ts';
import type { HeldRequest } from '../core/request.ts';
import type { RequestsTable } from './schema.ts';

/** JSON escapes NUL, which SQLite's text would end at, so free text lives in `body` alone. */
export function rowOf(request: HeldRequest): Insertable<RequestsTable> {
  const requester = principalKey(request.principal);
  const { id, version, state, mode, digest, idempotencyKey } = request;
  return {
    id,
    version,
    state,
    mode,
    created_at: request.createdAt,
    due_at: dueAt(request),
    requester,
    connection: request.connection.name,
    digest,
    key_claim: idempotencyKey === null ? null : keyClaim(requester, idempotencyKey),
    open_claim:
      mode === 'claimable' && isOpen(request) ? hashOf([requester, digest, idempotencyKey]) : null,
    body: JSON.stringify(request),
  };
}

export function keyClaim(requester: string, idempotencyKey: string): string {
  return hashOf([requester, idempotencyKey]);
}

/** The one place where stored text becomes a request again: what `rowOf` wrote, unchanged. */
export function requestOf(row: Pick<RequestsTable, 'id' | 'version' | 'state' | 'body'>) {
  const request = JSON.parse(row.body) as HeldRequest;
  if (request.id !== row.id || request.version !== row.version || request.state !== row.state) {
    throw new Error(`the stored request ${row.id} contradicts itself`);
  }
  return request;
}

function hashOf(value: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
