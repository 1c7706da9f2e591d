/** What is no message of the schema, or one that two readers may understand differently. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** A record: the value of a VARINT as 64 bits without a sign, or the bytes of a LEN. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

const varintType = 0;
const lengthType = 2;
const maxVarint = (1n << 64n) - 1n;

/**
 * The records of a message, in their order (Protocol Buffers, "Encoding"). Throws a ProtobufError
 * for what ends too early, and for groups and fixed-size numbers, which no Kubernetes object has.
 */
export function* wireFields(bytes: Buffer): Generator<WireField> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw new ProtobufError('it ends in the middle of a number');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value > maxVarint) break;
        return value;
      }
    }
    throw new ProtobufError('a number has more than 64 bits');
  }

  function chunk(): Buffer {
    const length = varint();
    if (length > BigInt(bytes.length - at))
      throw new ProtobufError('it ends in the middle of a field');
    const start = at;
    at += Number(length);
    return bytes.subarray(start, at);
  }

  while (at < bytes.length) {
    const key = varint();
    const number = Number(key >> 3n);
    const type = Number(key & 7n);
    if (number === 0 || number > 0x1fffffff) throw new ProtobufError(`there is no field ${number}`);
    if (type === varintType) yield { number, value: varint() };
    else if (type === lengthType) yield { number, value: chunk() };
    else throw new ProtobufError(`field ${number} has the wire type ${type}`);
  }
}

export function bytesOf({ number, value }: WireField): Buffer {
  if (typeof value === 'bigint') throw new ProtobufError(`field ${number} is a number`);
  return value;
}

export function textOf(field: WireField): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(field));
  } catch (error) {
    if (error instanceof ProtobufError) throw error;
    throw new ProtobufError(`field ${field.number} is no UTF-8`);
  }
}

/** An int64. Beyond a double's 53 bits the nearest one, as a reader of JSON has it. */
export function integerOf({ number, value }: WireField): number {
  if (typeof value !== 'bigint') throw new ProtobufError(`field ${number} is no number`);
  return Number(BigInt.asIntN(64, value));
}

export function int32Of(field: WireField): number {
  const value = integerOf(field);
  if (value !== Math.trunc(value) || value < -0x80000000 || value > 0x7fffffff)
    throw new ProtobufError(`field ${field.number} is no int32`);
  return value;
}

export function boolOf(field: WireField): boolean {
  const value = integerOf(field);
  if (value !== 0 && value !== 1) throw new ProtobufError(`field ${field.number} is no bool`);
  return value === 1;
}
