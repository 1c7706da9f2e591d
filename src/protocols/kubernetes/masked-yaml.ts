import { createHmac, randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import type { JsonValue } from '../../core/json.ts';
import { isObject } from './wire/patch-shape.ts';

export interface Masking {
  /** Also where the object does not say that it is a Secret. */
  readonly secret: boolean;
  /** What stands for a value: the same for the same value. */
  readonly mask: (value: string) => string;
}

/** An object as people read it, without what a Secret holds. */
export function readableYaml(value: JsonValue, { secret, mask }: Masking): string {
  const shown = secret || holdsSecret(value) ? masked(value, mask) : value;
  return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

export function lengthOnly(value: string): string {
  return `(masked: ${value.length} characters)`;
}

/**
 * Marks that tell whether two values differ, and nothing else: keyed, so that nobody can try out
 * which value it is.
 */
export function createMarks(): Masking['mask'] {
  const key = randomBytes(32);
  return (value) => {
    const mark = createHmac('sha256', key).update(value).digest('hex').slice(0, 6);
    return `(masked: ${value.length} characters, mark ${mark})`;
  };
}

/** Without what the server keeps for itself, and says anew with each change; its name first. */
export function essential(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  const { status: _, apiVersion, kind, metadata, ...rest } = value;
  const head = Object.entries({ apiVersion, kind, metadata: ownMetadata(metadata) });
  return { ...Object.fromEntries(head.flatMap(known)), ...rest };
}

function known([key, value]: [string, JsonValue | undefined]): [string, JsonValue][] {
  return value === undefined ? [] : [[key, value]];
}

function ownMetadata(metadata: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(metadata)) return metadata;
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !serverKept.has(key)));
  return withoutLastApplied(own);
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

const serverKept = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
]);

function holdsSecret(value: JsonValue): boolean {
  return isObject(value) && value.kind === 'Secret';
}

const secretFields = new Set(['data', 'stringData']);

type Mask = Masking['mask'];

function masked(value: JsonValue, mask: Mask): JsonValue {
  if (Array.isArray(value)) return value.map((each) => maskedPatch(each, mask));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]): [string, JsonValue] => {
      if (secretFields.has(key)) return [key, maskedMembers(member, mask)];
      if (key === 'metadata') return [key, withoutLastApplied(member)];
      return [key, member];
    }),
  );
}

/** One operation of a JSON patch: where it goes stays, what it says does not. */
function maskedPatch(operation: JsonValue, mask: Mask): JsonValue {
  if (!isObject(operation) || operation.value === undefined) return operation;
  return { ...operation, value: maskedValue(operation.value, mask) };
}

function maskedMembers(members: JsonValue, mask: Mask): JsonValue {
  if (!isObject(members)) return maskedValue(members, mask);
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [key, maskedValue(value, mask)]),
  );
}

/** kubectl's annotation repeats all of the object. */
function withoutLastApplied(metadata: JsonValue): JsonValue {
  if (!isObject(metadata) || !isObject(metadata.annotations)) return metadata;
  const { annotations: _, ...others } = metadata;
  const { [lastApplied]: __, ...annotations } = metadata.annotations;
  return Object.keys(annotations).length === 0 ? others : { ...metadata, annotations };
}

function maskedValue(value: JsonValue, mask: Mask): JsonValue {
  if (value === null) return null;
  return mask(typeof value === 'string' ? value : JSON.stringify(value));
}
