import type { JsonValue } from '../../../core/json.ts';
import { parseJsonText } from '../../http/wire/json-text.ts';
import {
  boolOf,
  bytesOf,
  int32Of,
  integerOf,
  ProtobufError,
  textOf,
  type WireField,
  wireFields,
} from './wire.ts';

/** How a type is read, and what Go writes for one that was not sent. */
export interface Format {
  read(field: WireField): JsonValue;
  readonly zero: JsonValue;
}

/** Scalars, and the messages that Kubernetes writes as JSON in a way of their own. */
export const formats: Readonly<Record<string, Format>> = {
  string: { read: textOf, zero: '' },
  bool: { read: boolOf, zero: false },
  int32: { read: int32Of, zero: 0 },
  int64: { read: integerOf, zero: 0 },
  bytes: { read: (field) => bytesOf(field).toString('base64'), zero: null },
  Quantity: { read: quantity, zero: '0' },
  IntOrString: { read: intOrString, zero: 0 },
  Time: { read: (field) => time(field, false), zero: null },
  MicroTime: { read: (field) => time(field, true), zero: null },
  Json: { read: embedded, zero: null },
};

function quantity(field: WireField): JsonValue {
  const given = onceEach(field, [1]).get(1);
  return given === undefined ? '0' : textOf(given);
}

/** k8s.io/apimachinery/pkg/util/intstr: which of the two it is, the number, the text. */
function intOrString(field: WireField): JsonValue {
  const given = onceEach(field, [1, 2, 3]);
  const [which, number, text] = [given.get(1), given.get(2), given.get(3)];
  const type = which === undefined ? 0 : integerOf(which);
  if (type === 0) return number === undefined ? 0 : int32Of(number);
  if (type === 1) return text === undefined ? '' : textOf(text);
  throw new ProtobufError(`field ${field.number} is neither a number nor a text`);
}

/** Seconds since 1970 and nanoseconds, as RFC 3339. Nothing at all is no time. */
function time(field: WireField, micro: boolean): JsonValue {
  if (bytesOf(field).length === 0) return null;
  const given = onceEach(field, [1, 2]);
  const seconds = given.get(1);
  const nanos = given.get(2);
  const date = new Date((seconds === undefined ? 0 : integerOf(seconds)) * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw new ProtobufError(`field ${field.number} is no time`);
  const whole = date.toISOString().slice(0, 19);
  if (!micro) return `${whole}Z`;
  const fraction = Math.trunc((nanos === undefined ? 0 : int32Of(nanos)) / 1000);
  if (!(fraction >= 0 && fraction < 1_000_000))
    throw new ProtobufError(`field ${field.number} is no time`);
  return `${whole}.${String(fraction).padStart(6, '0')}Z`;
}

/** JSON within the message, of which nobody here knows the type. */
function embedded(field: WireField): JsonValue {
  const raw = onceEach(field, [1]).get(1);
  if (raw === undefined || bytesOf(raw).length === 0) return null;
  const parsed = parseJsonText(bytesOf(raw));
  if (parsed === null) throw new ProtobufError(`field ${field.number} holds no JSON`);
  return parsed.value;
}

/** The fields of a small message; there may be no others, and none twice. */
export function onceEach(
  field: WireField,
  numbers: readonly number[],
): ReadonlyMap<number, WireField> {
  const found = new Map<number, WireField>();
  for (const each of wireFields(bytesOf(field))) {
    if (!numbers.includes(each.number)) throw new ProtobufError(`there is no field ${each.number}`);
    if (found.has(each.number)) throw new ProtobufError(`field ${each.number} occurs twice`);
    found.set(each.number, each);
  }
  return found;
}
