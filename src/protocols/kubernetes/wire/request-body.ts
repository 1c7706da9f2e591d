import type { JsonValue } from '../../../core/json.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import { type HeaderList, valuesOf } from '../../http/wire/header-list.ts';
import { parseJsonText } from '../../http/wire/json-text.ts';
import { mediaType } from '../../http/wire/media-type.ts';
import { RequestError } from '../../http/wire/request-error.ts';
import { protobufType, readProtobufObject } from '../protobuf/object.ts';
import { ProtobufError } from '../protobuf/wire.ts';
import { isObject, jsonPatchShape } from './patch-shape.ts';
import { parseStrictYaml } from './strict-yaml.ts';

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

export type KubernetesBody =
  | { readonly kind: 'none' }
  /** `shapes`: what of it would be in the object: of a JSON patch the values at their places. */
  | {
      readonly kind: 'object';
      readonly value: JsonValue;
      readonly shapes: readonly JsonValue[];
      readonly patch: PatchKind | null;
    }
  | { readonly kind: 'opaque' }
  /** Not what it is said to be, or read differently by different servers. */
  | { readonly kind: 'unknown' };

const patchTypes: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/**
 * The object that a request carries (Kubernetes API concepts, "Resource encoding" and "Patch").
 * Throws a RequestError for CBOR, and for protobuf that cannot be read completely.
 */
export function readKubernetesBody({ body, headers, method }: HttpRequest): KubernetesBody {
  if (body.kind === 'none') return { kind: 'none' };
  const type = typeOf(headers);
  if (type === null) return { kind: 'unknown' };
  const isProtobuf = type === protobufType && method !== 'PATCH';
  if (/protobuf|cbor/.test(type) && !isProtobuf) throw notTaken(type, 'it cannot be reviewed');
  if (body.kind === 'unread') return { kind: 'opaque' };
  if (valuesOf(headers, 'content-encoding').some((coding) => coding !== 'identity')) {
    return { kind: 'opaque' };
  }
  return isProtobuf ? protobuf(body.bytes) : decoded(body.bytes, type, method);
}

function protobuf(bytes: Buffer): KubernetesBody {
  if (bytes.length === 0) return { kind: 'none' };
  try {
    const value = readProtobufObject(bytes);
    return { kind: 'object', value, shapes: [value], patch: null };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw notTaken(protobufType, error.message);
  }
}

function notTaken(type: string, why: string): RequestError {
  return new RequestError(
    'MEDIA_TYPE_NOT_TAKEN',
    `a body of type ${type} is not taken: ${why}. Send application/json. With kubectl: kubectl create … --dry-run=client -o yaml | kubectl create -f -. With client-go: ContentType in rest.Config.`,
  );
}

export function patchKindOf(headers: HeaderList): PatchKind | null {
  return patchTypes[typeOf(headers) ?? ''] ?? null;
}

function decoded(bytes: Buffer, type: string, method: string): KubernetesBody {
  if (bytes.length === 0) return { kind: 'none' };
  const patch = method === 'PATCH' ? (patchTypes[type] ?? null) : null;
  const takesYaml = type === 'application/yaml' || patch === 'apply';
  const known = takesYaml || (method === 'PATCH' ? patch !== null : type === 'application/json');
  if (!known) return { kind: 'unknown' };
  const read = parseJsonText(bytes) ?? (takesYaml ? parseStrictYaml(bytes) : null);
  if (read === null) return { kind: 'unknown' };
  const { value } = read;
  const shapes = patch === 'json' ? jsonPatchShape(value) : isObject(value) ? [value] : null;
  return shapes === null ? { kind: 'unknown' } : { kind: 'object', value, shapes, patch };
}

/** In lower case, without parameters; JSON where nothing is said, null where it is said twice. */
function typeOf(headers: HeaderList): string | null {
  const given = valuesOf(headers, 'content-type');
  if (given.length > 1) return null;
  return mediaType(headers) || 'application/json';
}
