import type { JsonValue } from '../../../core/json.ts';
import { formats, onceEach } from './formats.ts';
import { type Field, type Message, messageNamed } from './schema.ts';
import { bytesOf, ProtobufError, textOf, type WireField, wireFields } from './wire.ts';

/** One byte of a message may stand for an object with many fields. */
const maxMessages = 100_000;
const maxDepth = 64;

/**
 * A message as the JSON that Go writes of it: what a client that asks for JSON would have sent.
 * Throws a ProtobufError for a field that the schema does not have, and for what occurs twice,
 * as decoders differ in which of the two they take.
 */
export function decodeMessage(name: string, bytes: Buffer): JsonValue {
  return new Decoder().message(name, bytes, 0);
}

class Decoder {
  #messages = 0;

  message(name: string, bytes: Buffer, depth: number): JsonValue {
    this.#messages += 1;
    if (this.#messages > maxMessages) throw new ProtobufError('it has too many parts');
    if (depth > maxDepth) throw new ProtobufError('it is nested too deeply');
    const message = messageNamed(name);
    if (message === null) throw new Error(`schema.json names ${name}, and does not have it`);
    const records = grouped(name, message, bytes);
    const entries: (readonly [string, JsonValue])[] = [];
    for (const field of message.values()) {
      const value = this.#value(field, records.get(field.number) ?? [], depth);
      if (field.name === '=') return value ?? [];
      if (field.name === '.') entries.push(...Object.entries(value ?? {}));
      else if (value !== undefined) entries.push([field.name, value]);
    }
    return Object.fromEntries(entries);
  }

  /** Undefined for what Go leaves out. */
  #value(field: Field, records: readonly WireField[], depth: number): JsonValue | undefined {
    const [record] = records;
    if (record === undefined) return this.#absent(field, depth);
    const { shape, type } = field;
    if (shape === 'list') return records.map((each) => this.#one(type, each, depth));
    if (shape === 'map') return this.#map(field, records, depth);
    const value = this.#one(type, record, depth);
    return shape === 'value' && field.omitEmpty && isEmpty(value, type) ? undefined : value;
  }

  #absent({ shape, type, omitEmpty }: Field, depth: number): JsonValue | undefined {
    if (shape !== 'value') return omitEmpty ? undefined : null;
    const format = formats[type];
    if (format === undefined) return this.message(type, Buffer.alloc(0), depth + 1);
    const { zero } = format;
    return omitEmpty && isEmpty(zero, type) ? undefined : zero;
  }

  #one(type: string, record: WireField, depth: number): JsonValue {
    const format = formats[type];
    return format === undefined
      ? this.message(type, bytesOf(record), depth + 1)
      : format.read(record);
  }

  #map({ number, type }: Field, records: readonly WireField[], depth: number): JsonValue {
    const entries = new Map<string, JsonValue>();
    for (const record of records) {
      const parts = onceEach(record, [1, 2]);
      const given = parts.get(1);
      const key = given === undefined ? '' : textOf(given);
      if (entries.has(key)) throw new ProtobufError(`field ${number} has the key ${key} twice`);
      const value = parts.get(2) ?? { number: 2, value: Buffer.alloc(0) };
      entries.set(key, this.#one(type, value, depth));
    }
    return Object.fromEntries(entries);
  }
}

/** The records of each field; more than one where the schema says so. */
function grouped(name: string, message: Message, bytes: Buffer): Map<number, WireField[]> {
  const records = new Map<number, WireField[]>();
  for (const record of wireFields(bytes)) {
    const field = message.get(record.number);
    if (field === undefined) {
      throw new ProtobufError(`${name} has a field ${record.number} that is not known here`);
    }
    const before = records.get(record.number);
    if (before === undefined) records.set(record.number, [record]);
    else if (field.shape === 'list' || field.shape === 'map') before.push(record);
    else throw new ProtobufError(`${name} has its field ${field.name} twice`);
  }
  return records;
}

/** What omitempty leaves out (Go, encoding/json): never a message. */
function isEmpty(value: JsonValue, type: string): boolean {
  const scalar = ['string', 'bool', 'int32', 'int64', 'bytes'].includes(type);
  return scalar && (value === '' || value === false || value === 0 || value === null);
}
