import type { Presentation } from '../../core/operation.ts';
import type { BoundParameters } from './operations.ts';
import { parameterFormat } from './wire/frontend/bind.ts';

interface ShownType {
  readonly name: string;
  /** Of the binary format; undefined where bytes are shown instead. */
  readonly binary?: (bytes: Buffer) => string;
}

/** pg_type's fixed OIDs that drivers send, and how their binary form reads. */
const types: Readonly<Record<number, ShownType>> = {
  16: { name: 'bool', binary: (bytes) => (bytes.readUInt8(0) === 0 ? 'false' : 'true') },
  17: { name: 'bytea' },
  20: { name: 'int8', binary: (bytes) => bytes.readBigInt64BE(0).toString() },
  21: { name: 'int2', binary: (bytes) => bytes.readInt16BE(0).toString() },
  23: { name: 'int4', binary: (bytes) => bytes.readInt32BE(0).toString() },
  25: { name: 'text', binary: (bytes) => bytes.toString('utf8') },
  26: { name: 'oid', binary: (bytes) => bytes.readUInt32BE(0).toString() },
  114: { name: 'json', binary: (bytes) => bytes.toString('utf8') },
  700: { name: 'float4', binary: (bytes) => bytes.readFloatBE(0).toString() },
  701: { name: 'float8', binary: (bytes) => bytes.readDoubleBE(0).toString() },
  1042: { name: 'bpchar', binary: (bytes) => bytes.toString('utf8') },
  1043: { name: 'varchar', binary: (bytes) => bytes.toString('utf8') },
  1082: { name: 'date' },
  1114: { name: 'timestamp' },
  1184: { name: 'timestamptz' },
  1700: { name: 'numeric' },
  2950: { name: 'uuid', binary: (bytes) => bytes.toString('hex') },
  3802: { name: 'jsonb', binary: (bytes) => bytes.toString('utf8', 1) },
};

/** Parameters as a reviewer reads them: text as it is, known binary decoded, other bytes in hex. */
export function showParameters(parameters: BoundParameters): Presentation['parameters'] {
  return parameters.values.map((value, index) => {
    const type = types[parameters.types[index] ?? 0];
    const name = type?.name ?? (parameters.types[index] ? `oid ${parameters.types[index]}` : '');
    if (value === null) return { type: name, value: null };
    const text = parameterFormat(parameters.formats, index) === 0;
    return { type: name, value: text ? value.toString('utf8') : binaryText(value, type) };
  });
}

function binaryText(value: Buffer, type: ShownType | undefined): string {
  try {
    if (type?.binary !== undefined) return type.binary(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return `\\x${value.toString('hex')}`;
}
