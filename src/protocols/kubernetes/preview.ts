import type { KubernetesFacts } from '../../core/facts.ts';
import type { JsonValue } from '../../core/json.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { type HeaderList, valuesOf } from '../http/wire/header-list.ts';
import { askServer, type ServerAnswer } from './ask-server.ts';
import { lineDiff } from './line-diff.ts';
import { createMarks, essential, type Masking, readableYaml } from './masked-yaml.ts';
import type { KubernetesTarget } from './target.ts';
import { isObject } from './wire/patch-shape.ts';

export interface PreviewParts {
  readonly request: HttpRequest;
  readonly facts: KubernetesFacts;
  readonly target: KubernetesTarget;
  /** As whom the request itself would be sent. */
  readonly headers: HeaderList;
  readonly signal: AbortSignal;
}

const timeLimitMs = 5_000;
const maxNames = 50;
const maxLines = 400;

/**
 * Served since Kubernetes 1.14. All of those either know of dry runs or refuse a request that asks
 * for one; older ones might carry it out.
 */
const sinceDryRuns = '/apis/coordination.k8s.io/v1';

/**
 * What would come of a request, said by the API server: a diff for changes, and for deletions what
 * would go. Lines for a card. Never throws: a preview that cannot be had says so.
 */
export async function previewOf(parts: PreviewParts): Promise<readonly string[]> {
  const { facts } = parts;
  const asked = {
    ...parts,
    signal: AbortSignal.any([parts.signal, AbortSignal.timeout(timeLimitMs)]),
  };
  try {
    const lines = await linesFor(asked);
    const more = lines.length - maxLines;
    return more > 0 ? [...lines.slice(0, maxLines), `… and ${more} more lines`] : lines;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return isShown(facts) ? [`There is no preview: ${why}`] : [];
  }
}

function isShown({ resource, verb, classes }: KubernetesFacts): boolean {
  const plain = resource !== null && ['', 'scale'].includes(resource.subresource);
  const known = ['update', 'patch', 'delete', 'deletecollection'].includes(verb);
  return plain && known && classes.length === 1 && classes.includes('write');
}

async function linesFor(parts: PreviewParts): Promise<readonly string[]> {
  const { facts } = parts;
  if (!isShown(facts)) return [];
  switch (facts.verb) {
    case 'delete':
      return goingLines(parts);
    case 'deletecollection':
      return collectionLines(parts);
    default:
      return changeLines(parts);
  }
}

async function goingLines(parts: PreviewParts): Promise<readonly string[]> {
  const live = await ask(parts, { method: 'GET', query: '', body: null });
  if (live.status === 404) return ['There is no such object now.'];
  const value = objectIn(live, 'the object could not be read');
  return ['This would be deleted:', ...yamlLines(value, maskingFor(parts.facts))];
}

async function collectionLines(parts: PreviewParts): Promise<readonly string[]> {
  const kept = new URLSearchParams({ limit: '500' });
  for (const { name, value } of parts.request.target.pairs) {
    if (name === 'labelSelector' || name === 'fieldSelector') kept.append(name, value);
  }
  const list = await ask(parts, { method: 'GET', query: kept.toString(), body: null });
  const value = objectIn(list, 'the objects could not be listed');
  const items = isObject(value) && Array.isArray(value.items) ? value.items : [];
  const names = items.map((item) => (isObject(item) ? nameOf(item.metadata) : '?'));
  const more = names.length - maxNames;
  return [
    `${names.length} would be deleted now:`,
    ...names.slice(0, maxNames).map((name) => `  ${name}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

function nameOf(metadata: JsonValue | undefined): string {
  if (!isObject(metadata)) return '?';
  const { namespace, name } = metadata;
  return typeof namespace === 'string' ? `${namespace}/${String(name)}` : String(name);
}

async function changeLines(parts: PreviewParts): Promise<readonly string[]> {
  const { request, facts } = parts;
  if (request.body.kind !== 'read') return [];
  const why = await noDryRunBecause(parts);
  if (why !== null) return [`There is no preview: ${why}.`];
  const live = await ask(parts, { method: 'GET', query: '', body: null });
  const before = live.status === 404 ? null : objectIn(live, 'the object could not be read');
  const query = new URLSearchParams(request.target.query ?? '');
  query.set('dryRun', 'All');
  const dry = await ask(parts, {
    ...{ method: request.method, query: query.toString(), body: request.body.bytes },
  });
  if (dry.status >= 400) return [`A dry run was refused: ${messageOf(dry)}`];
  const after = objectIn(dry, 'what the dry run gave could not be read');
  const masking = maskingFor(facts);
  if (before === null) return ['This would be new:', ...yamlLines(after, masking)];
  const diff = lineDiff(textOf(before, masking), textOf(after, masking));
  if (diff === null) return ['There is no preview: the object has too many lines.'];
  return diff.length === 0 ? ['It would change nothing.'] : ['This would change:', ...diff];
}

/** A server that did not know of dry runs would carry it out. */
async function noDryRunBecause(parts: PreviewParts): Promise<string | null> {
  const { resource } = parts.facts;
  const lease = await askServer(parts.target, get(sinceDryRuns, parts.headers), parts.signal);
  if (lease.status !== 200) return 'the API server may be older than dry runs';
  const group = resource?.group ?? '';
  if (group === '' || builtIn.has(group)) return null;
  const name = `${resource?.version}.${group}`;
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${encodeURIComponent(name)}`;
  const service = objectOf(await askServer(parts.target, get(path, parts.headers), parts.signal));
  const spec = service.spec;
  const isLocal = isObject(spec) && (spec.service === undefined || spec.service === null);
  return isLocal ? null : 'its API is served by an extension, which might not know of dry runs';
}

/** Groups that every API server serves itself. */
const builtIn: ReadonlySet<string> = new Set([
  'apps',
  'autoscaling',
  'batch',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'certificates.k8s.io',
]);

function get(path: string, headers: HeaderList) {
  return { method: 'GET', path, headers, body: null };
}

interface Asked {
  readonly method: string;
  readonly query: string;
  readonly body: Buffer | null;
}

function ask(
  { target, request, headers, signal }: PreviewParts,
  { method, query, body }: Asked,
): Promise<ServerAnswer> {
  const types = body === null ? [] : valuesOf(request.headers, 'content-type');
  const path = `${request.target.path.sent}${query === '' ? '' : `?${query}`}`;
  const typed = types.map((type) => ['Content-Type', type] as const);
  return askServer(target, { method, path, headers: [...headers, ...typed], body }, signal);
}

function objectIn(answer: ServerAnswer, what: string): JsonValue {
  if (answer.status !== 200 && answer.status !== 201)
    throw new Error(`${what}: ${messageOf(answer)}`);
  if (answer.value === undefined) throw new Error(`${what}: it is too large, or no JSON`);
  return answer.value;
}

function objectOf({ value }: ServerAnswer) {
  return isObject(value) ? value : {};
}

function messageOf(answer: ServerAnswer): string {
  const { message } = objectOf(answer);
  return typeof message === 'string' ? message : `HTTP ${answer.status}`;
}

function maskingFor({ resource }: KubernetesFacts): Masking {
  return { secret: resource?.resource === 'secrets', mask: createMarks() };
}

function textOf(value: JsonValue, masking: Masking): string {
  return readableYaml(essential(value), masking);
}

function yamlLines(value: JsonValue, masking: Masking): readonly string[] {
  return textOf(value, masking)
    .split('\n')
    .map((line) => `  ${line}`);
}
