import { type Masking, redactedText } from '../../core/masking.ts';
import type { AnswerNature } from '../http/dialect.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { RequestError } from '../http/wire/request-error.ts';
import { parseApiPath } from './wire/api-path.ts';
import { flagOf } from './wire/query-options.ts';

const redactedData = Buffer.from(redactedText).toString('base64');
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What is answered, as far as the path tells: Secrets or not, whole or event by event. */
export function answerNatureOf({ target, method }: HttpRequest): AnswerNature {
  const path = parseApiPath(target.path.decoded);
  if (path.kind !== 'resource') {
    // kubectl reads what it validates by in protobuf alone.
    const discovery = path.kind === 'discovery' && reading.has(method);
    return { secret: false, lines: false, discovery };
  }
  const { resource, watchPrefix } = path.place;
  const lines = watchPrefix || (reading.has(method) && flagOf(target.pairs, 'watch'));
  return { secret: resource === 'secrets', lines, discovery: false };
}

/** What a port is forwarded for is a tunnel, as files are: it is no text. */
export function upgradeProspect({ target }: HttpRequest): 'frames' | 'tunnel' | 'never' {
  const path = parseApiPath(target.path.decoded);
  const subresource = path.kind === 'resource' ? path.place.subresource : '';
  if (subresource === 'exec' || subresource === 'attach') return 'frames';
  return subresource === 'portforward' ? 'tunnel' : 'never';
}

/**
 * A client that writes back what it was shown would replace the value by its mask. Throws a
 * RequestError for a body that has a mask in it, or that nobody has looked into.
 */
export function refuseMasks(request: HttpRequest, masking: Masking | null): void {
  if (masking === null || masking.json === null || reading.has(request.method)) return;
  const { secret } = answerNatureOf(request);
  if (masking.secretsOnly && !secret) return;
  const { body } = request;
  if (body.kind === 'unread' && secret) {
    throw new RequestError('MASKED', 'this is too long to be searched for masked values');
  }
  if (body.kind !== 'read') return;
  const found = [redactedText, redactedData].find((mask) => body.bytes.includes(mask));
  if (found === undefined) return;
  throw new RequestError(
    'MASKED',
    `this would write ${found}, which stands for a value that you were not shown; nothing was changed`,
  );
}
