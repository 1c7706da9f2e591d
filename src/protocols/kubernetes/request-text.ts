import type { KubernetesVerb } from '../../core/facts.ts';
import { kubernetesVerbs } from '../../core/facts.ts';
import type { KubernetesDecidable } from '../../core/operation.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { RequestError } from '../http/wire/request-error.ts';
import { parseRequestTarget } from '../http/wire/request-target.ts';
import { kubernetesDecidable } from './operations.ts';

const requestLine = /^([A-Z]+) (\/\S*)$/;

/**
 * What rules see of `METHOD PATH`, or of `VERB RESOURCE[/NAME[/SUBRESOURCE]] [-n NAMESPACE]`, with
 * an object in JSON on the lines below it if there is any. What would be refused unasked is barred.
 */
export function kubernetesTextDecidable(text: string): KubernetesDecidable {
  const end = text.indexOf('\n');
  const line = (end === -1 ? text : text.slice(0, end)).trim();
  const body = end === -1 ? '' : text.slice(end + 1).trim();
  try {
    return decidableOf(line, body);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const decidable = { ...decidableOf('GET /', ''), text, summary: line };
    return { ...decidable, barred: { code: 'UNPARSEABLE', message: error.message } };
  }
}

function decidableOf(line: string, body: string): KubernetesDecidable {
  const [, given, path = ''] = requestLine.exec(line) ?? [];
  const { method, raw } = given === undefined ? asRequest(line) : { method: given, raw: path };
  const bytes = Buffer.from(body);
  const type =
    method !== 'PATCH'
      ? 'application/json'
      : body.startsWith('[')
        ? 'application/json-patch+json'
        : 'application/strategic-merge-patch+json';
  const request: HttpRequest = {
    method,
    target: parseRequestTarget(raw, []),
    headers: body === '' ? [] : [['content-type', type]],
    impersonation: [],
    framing: { kind: 'none' },
    upgrade: null,
    acceptsTrailers: false,
    body: body === '' ? { kind: 'none' } : { kind: 'read', bytes, trailers: [] },
    waitMs: null,
  };
  return kubernetesDecidable(request);
}

const methods: Readonly<Record<KubernetesVerb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
  connect: 'GET',
};

/** kubectl's words and RBAC's: `delete deployments.apps/web -n prod`, `create pods/web/exec`. */
function asRequest(line: string): { readonly method: string; readonly raw: string } {
  const words = line.split(/\s+/);
  const at = words.findIndex((word) => word === '-n' || word === '--namespace');
  const namespace = at === -1 ? null : (words[at + 1] ?? '');
  const [verb = '', place = ''] = at === -1 ? words : words.toSpliced(at, 2);
  const known = kubernetesVerbs.find((each) => each === verb);
  const [kind = '', ...rest] = place.split('/');
  if (known === undefined || kind === '' || namespace === '') {
    throw new RequestError(
      'MALFORMED',
      'write VERB RESOURCE/NAME -n NAMESPACE (delete deployments.apps/web -n prod), or METHOD PATH',
    );
  }
  const dot = kind.indexOf('.');
  const root = dot === -1 ? '/api/v1' : `/apis/${kind.slice(dot + 1)}/v1`;
  const parts = [
    ...(namespace === null ? [] : ['namespaces', namespace]),
    dot === -1 ? kind : kind.slice(0, dot),
    ...rest,
  ];
  const query = known === 'watch' ? '?watch=1' : '';
  return { method: methods[known], raw: `${root}/${parts.join('/')}${query}` };
}
