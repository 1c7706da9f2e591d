import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage } from '../encode.ts';

export interface CommandComplete {
  readonly kind: 'commandComplete';
  readonly raw: Buffer;
  /** `INSERT 0 1`, `SELECT 5`, `BEGIN`. */
  readonly tag: string;
}

export function decodeCommandComplete(raw: Buffer): CommandComplete {
  return { kind: 'commandComplete', raw, tag: readCommandTag(raw, 0, raw.length) };
}

/** The tag of the message that lies between `start` and `end`. */
export function readCommandTag(bytes: Buffer, start: number, end: number): string {
  const body = BodyReader.ofMessage(bytes, backendType.commandComplete, start, end);
  const tag = body.string();
  body.end();
  return tag;
}

export function encodeCommandComplete(tag: string): Buffer {
  return encodeMessage(backendType.commandComplete, cString(tag));
}

const rowCountAtEnd = /^[A-Z ]+ (?:\d+ )?(\d{1,15})$/;

/** Rows that a command tag says were touched; null where it does not say. */
export function rowCountOfTag(tag: string): number | null {
  const digits = rowCountAtEnd.exec(tag)?.[1];
  return digits === undefined ? null : Number(digits);
}
