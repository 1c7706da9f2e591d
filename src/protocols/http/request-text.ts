import type { HttpDecidable } from '../../core/operation.ts';
import type { HttpRequest } from './http-request.ts';
import { httpDecidable, type ReadingRules } from './operations.ts';
import type { HeaderList } from './wire/header-list.ts';
import { RequestError } from './wire/request-error.ts';
import { parseRequestTarget } from './wire/request-target.ts';

const firstLine = /^([A-Z]+) (\S+)$/;

/**
 * What rules see of `METHOD PATH`, with a JSON body on the lines below it if there is any.
 * What would be refused unasked is barred.
 */
export function requestTextDecidable(text: string, rules: ReadingRules): HttpDecidable {
  const end = text.indexOf('\n');
  const line = end === -1 ? text : text.slice(0, end);
  const body = end === -1 ? '' : text.slice(end + 1).trim();
  const [, method = '', raw = '/'] = firstLine.exec(line.trim()) ?? [];
  try {
    if (method === '') throw new RequestError('MALFORMED', 'write METHOD PATH: GET /v1/users');
    return decidableOf({ method, raw, body }, rules);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const decidable = {
      ...decidableOf({ method, raw: '/', body: '' }, rules),
      text,
      summary: line,
    };
    return { ...decidable, barred: { code: 'UNPARSEABLE', message: error.message } };
  }
}

interface RequestText {
  readonly method: string;
  readonly raw: string;
  readonly body: string;
}

function decidableOf({ method, raw, body }: RequestText, rules: ReadingRules): HttpDecidable {
  const bytes = Buffer.from(body);
  const headers: HeaderList = body === '' ? [] : [['content-type', 'application/json']];
  const request: HttpRequest = {
    method,
    target: parseRequestTarget(raw, []),
    headers,
    impersonation: [],
    framing: { kind: 'none' },
    upgrade: null,
    acceptsTrailers: false,
    body: body === '' ? { kind: 'none' } : { kind: 'read', bytes, trailers: [] },
    waitMs: null,
  };
  return httpDecidable(request, rules);
}
