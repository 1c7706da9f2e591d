import { encodePacket, string, uint32 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

export const onePathKinds = [
  'opendir',
  'stat',
  'lstat',
  'remove',
  'rmdir',
  'readlink',
  'realpath',
] as const;

export type OnePathKind = (typeof onePathKinds)[number];

/** Requests that consist of one path: sections 6.5, 6.7, 6.8, 6.10, 6.11. */
export interface OnePath<Kind extends OnePathKind = OnePathKind> {
  readonly kind: Kind;
  readonly raw: Buffer;
  readonly id: number;
  readonly path: Buffer;
}

export function decodeOnePath<Kind extends OnePathKind>(raw: Buffer, kind: Kind): OnePath<Kind> {
  const fields = FieldReader.ofPacket(raw, requestType[kind]);
  const id = fields.uint32();
  const path = fields.path();
  fields.end();
  return { kind, raw, id, path };
}

export function encodeOnePath({ kind, id, path }: Omit<OnePath, 'raw'>): Buffer {
  return encodePacket(requestType[kind], uint32(id), string(path));
}
