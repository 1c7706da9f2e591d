import { createHash } from 'node:crypto';
import type { HttpDecidable, Presentation } from '../../core/operation.ts';
import type { HttpRequest } from './http-request.ts';
import { authenticates, meaningful } from './meaningful-headers.ts';
import type { HeaderList } from './wire/header-list.ts';
import { jsonLines } from './wire/json-lines.ts';
import { sentTarget } from './wire/request-target.ts';

/** JSON beyond this is shown as it was written, on as few lines. */
const maxLinedCharacters = 2 * 1024 * 1024;

/** The request as a reviewer sees it: all that the approval is bound to, and its body whole. */
export function httpPresentation(
  request: HttpRequest,
  { facts }: Pick<HttpDecidable, 'facts'>,
): Presentation {
  const { method, target, body, upgrade, headers } = request;
  const shown = meaningful(request).filter(([name]) => !authenticates(name));
  const text = body.kind === 'read' ? textOf(body.bytes) : null;
  const lined =
    text !== null && facts.body.kind === 'json' ? jsonLines(text, maxLinedCharacters) : null;
  const content = lined ?? text;
  return {
    statement: [
      `${method} ${sentTarget(target)}`,
      ...shown.map(([name, value]) => `${name.toLowerCase()}: ${value}`),
      ...(content === null || content === '' ? [] : ['', content]),
    ].join('\n'),
    parameters: target.pairs.map(({ name, value }) => ({ type: name, value })),
    notes: [
      ...(lined === null || lined === text
        ? []
        : ['The body is shown with lines of its own; it is sent as it came.']),
      ...bodyNotes(request, facts.classes.includes('unknown')),
      ...credentialNotes(headers),
    ],
    outline: graphqlLines(facts.graphql),
    transaction: null,
    inputNotReviewed: notReviewed(body.kind === 'unread', upgrade?.protocol ?? null),
  };
}

function bodyNotes({ body }: HttpRequest, unknown: boolean): string[] {
  if (body.kind !== 'read') return [];
  const { bytes, trailers } = body;
  const notes = trailers.map(([name, value]) => `Trailer ${name}: ${value}`);
  if (unknown) notes.push('The body cannot be read for certain: two programs may differ about it.');
  if (textOf(bytes) !== null) return notes;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [...notes, `The body is not text: ${bytes.length} bytes, sha256 ${sha256}.`];
}

function credentialNotes(headers: HeaderList): string[] {
  return headers
    .filter(([name]) => authenticates(name))
    .map(([name]) => `The client's own ${name} goes with it.`);
}

function graphqlLines(graphql: HttpDecidable['facts']['graphql']): readonly string[] {
  if (graphql === null) return [];
  const { types, names, fields } = graphql;
  const called = names.length === 0 ? '' : ` (called ${names.join(', ')})`;
  return [`GraphQL ${types.join(' and ')}: ${fields.join(', ')}${called}`];
}

function notReviewed(unread: boolean, protocol: string | null): string | null {
  if (protocol !== null) return `everything that is sent over ${protocol}`;
  return unread ? 'the request body' : null;
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
