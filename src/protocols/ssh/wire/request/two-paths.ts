import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

export type TwoPathsKind = 'rename' | 'symlink';

/** RENAME has the old path first; which one SYMLINK has first depends on the server. */
export interface TwoPaths {
  readonly kind: TwoPathsKind;
  readonly raw: Buffer;
  readonly id: number;
  readonly first: Buffer;
  readonly second: Buffer;
}

export function decodeTwoPaths(raw: Buffer, kind: TwoPathsKind): TwoPaths {
  const fields = FieldReader.ofPacket(raw, requestType[kind]);
  const id = fields.uint32();
  const first = fields.path();
  const second = fields.path();
  fields.end();
  return { kind, raw, id, first, second };
}

export function encodeTwoPaths({ kind, id, first, second }: Omit<TwoPaths, 'raw'>): Buffer {
  return encodePacket(requestType[kind], uint32(id), string(first), string(second));
}
