import type { HttpRequest } from './http-request.ts';
import { type FormField, formFieldsOf } from './wire/form-fields.ts';
import { onlyValueOf } from './wire/header-list.ts';
import { mediaType } from './wire/media-type.ts';

/**
 * How long its client waits while it is held before it comes back by itself: what it says, and
 * no time at all for a page that can ask again. Null: as long as it takes.
 */
export function patienceMs(request: HttpRequest): number | null {
  if (request.waitMs !== null) return request.waitMs;
  return canAskAgain(request) ? 0 : null;
}

/** What a page has to repeat: a form's fields, none for a plain address. Null when it cannot. */
export function repeatableFields(request: HttpRequest): readonly FormField[] | null {
  const { method, body, headers } = request;
  if (method === 'GET') return body.kind === 'none' ? [] : null;
  if (body.kind === 'unread' || (body.kind === 'read' && body.trailers.length > 0)) return null;
  if (mediaType(headers) !== 'application/x-www-form-urlencoded') return null;
  // What browsers write; a charset or a coding could not be repeated.
  const plain = onlyValueOf(headers, 'content-type')?.toLowerCase() === mediaType(headers);
  if (!plain) return null;
  return body.kind === 'none' ? [] : formFieldsOf(body.bytes);
}

function canAskAgain(request: HttpRequest): boolean {
  if (request.browsing?.navigates !== true || request.upgrade !== null) return false;
  return repeatableFields(request) !== null;
}
