import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, int16, int32, uint16, uint32 } from '../encode.ts';
import { type FormatCode, readFormatCode } from '../format-code.ts';

export interface ColumnDescription {
  readonly name: string;
  /** 0 where the column is not a table's. */
  readonly tableOid: number;
  readonly columnNumber: number;
  readonly typeOid: number;
  /** Bytes; negative for variable width. */
  readonly typeSize: number;
  readonly typeModifier: number;
  readonly format: FormatCode;
}

export interface RowDescription {
  readonly kind: 'rowDescription';
  readonly raw: Buffer;
  readonly columns: readonly ColumnDescription[];
}

const leastColumnBytes = 19;

export function decodeRowDescription(raw: Buffer): RowDescription {
  const body = BodyReader.ofMessage(raw, backendType.rowDescription);
  const columns = Array.from({ length: body.count(leastColumnBytes) }, () => readColumn(body));
  body.end();
  return { kind: 'rowDescription', raw, columns };
}

export function encodeRowDescription(columns: readonly ColumnDescription[]): Buffer {
  const parts = columns.flatMap((column) => [
    cString(column.name),
    uint32(column.tableOid),
    int16(column.columnNumber),
    uint32(column.typeOid),
    int16(column.typeSize),
    int32(column.typeModifier),
    int16(column.format),
  ]);
  return encodeMessage(backendType.rowDescription, uint16(columns.length), ...parts);
}

function readColumn(body: BodyReader): ColumnDescription {
  return {
    name: body.string(),
    tableOid: body.uint32(),
    columnNumber: body.int16(),
    typeOid: body.uint32(),
    typeSize: body.int16(),
    typeModifier: body.int32(),
    format: readFormatCode(body),
  };
}
