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
  const body = BodyReader.ofMessage(raw, backendType.commandComplete);
  const tag = body.string();
  body.end();
  return { kind: 'commandComplete', raw, tag };
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
