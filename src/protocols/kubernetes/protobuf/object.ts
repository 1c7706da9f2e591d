import type { JsonObject } from '../../../core/json.ts';
import { isObject } from '../wire/patch-shape.ts';
import { decodeMessage } from './decode.ts';
import { onceEach } from './formats.ts';
import { messageOfKind } from './schema.ts';
import { bytesOf, ProtobufError, textOf, type WireField } from './wire.ts';

const magic = Buffer.from('k8s\0', 'latin1');

export const protobufType = 'application/vnd.kubernetes.protobuf';

/**
 * The object in a body of type `application/vnd.kubernetes.protobuf`, as its JSON (Kubernetes API
 * concepts, "Protobuf encoding"): four bytes, and a runtime.Unknown around the message.
 * Throws a ProtobufError for what cannot be read in one way alone, or not completely.
 */
export function readProtobufObject(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    throw new ProtobufError('it does not begin as Kubernetes has it');
  }
  const envelope = onceEach({ number: 0, value: bytes.subarray(magic.length) }, [1, 2, 3, 4]);
  const coding = textIn(envelope, 3);
  const type = textIn(envelope, 4);
  if (coding !== '' || !['', protobufType].includes(type)) {
    throw new ProtobufError(`within it stands something else: ${type} ${coding}`.trimEnd());
  }
  const meta = envelope.get(1);
  const typeMeta = meta === undefined ? new Map<number, WireField>() : onceEach(meta, [1, 2]);
  const apiVersion = textIn(typeMeta, 1);
  const kind = textIn(typeMeta, 2);
  const name = messageOfKind(apiVersion, kind);
  if (name === null) {
    throw new ProtobufError(
      `${kind || 'no kind'} of ${apiVersion || 'no version'} is not known here`,
    );
  }
  const raw = envelope.get(2);
  const value = decodeMessage(name, raw === undefined ? Buffer.alloc(0) : bytesOf(raw));
  if (!isObject(value)) throw new ProtobufError(`${kind} is no object`);
  return { kind, apiVersion, ...value };
}

function textIn(fields: ReadonlyMap<number, WireField>, number: number): string {
  const field = fields.get(number);
  return field === undefined ? '' : textOf(field);
}
