import type { KubernetesFacts } from '../../core/facts.ts';
import type { KubernetesDecidable, Presentation } from '../../core/operation.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { sentTarget } from '../http/wire/request-target.ts';
import { lengthOnly, readableYaml } from './masked-yaml.ts';

const maxShown = 16_384;

/** The request line, and the object that it carries as YAML. */
export function presentationOf(
  request: HttpRequest,
  { facts, summary }: KubernetesDecidable,
  preview: readonly string[],
): Presentation {
  const { method, target } = request;
  const object = objectText(facts);
  return {
    statement: [
      summary,
      `${method} ${sentTarget(target)}`,
      ...(object === null ? [] : ['', cut(object)]),
    ].join('\n'),
    parameters: target.pairs.map(({ name, value }) => ({ type: name, value })),
    notes: notesOf(request, facts, object),
    outline: [],
    transaction: null,
    ...(preview.length === 0 ? {} : { preview }),
    inputNotReviewed: notReviewed(request, facts),
  };
}

function objectText({ body, resource }: KubernetesFacts): string | null {
  if (body.kind !== 'object') return null;
  const secret = resource?.resource === 'secrets' && resource.group === '';
  return readableYaml(body.value, { secret, mask: lengthOnly });
}

function notesOf(
  { body }: HttpRequest,
  { risks, images, classes }: KubernetesFacts,
  object: string | null,
): string[] {
  const notes: string[] = [];
  if (risks.length > 0) notes.push(`It means more than its verb says: ${risks.join(', ')}.`);
  if (images.length > 0) notes.push(`Images: ${images.join(', ')}`);
  if (classes.includes('unknown')) {
    notes.push('Its body and its path do not agree, or the API has no such request.');
  }
  if (object === null && body.kind === 'read') {
    notes.push(`The body could not be shown: ${body.bytes.length} bytes.`);
  }
  if (object !== null && object.length > maxShown) {
    notes.push(`The object is longer than what is shown: ${object.length} characters.`);
  }
  return notes;
}

function notReviewed({ upgrade, body }: HttpRequest, { verb }: KubernetesFacts): string | null {
  if (upgrade !== null) return `everything that is sent over ${upgrade.protocol}`;
  if (body.kind === 'unread') return 'the request body';
  return verb === 'connect' ? 'what goes on behind it' : null;
}

function cut(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
