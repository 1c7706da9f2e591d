import { type Attributes, encodeAttributes, readAttributes } from '../attributes.ts';
import { encodePacket, string, uint32, uint64 } from '../encode.ts';
import { FieldReader } from '../field-reader.ts';
import { requestType } from '../packet-types.ts';

/** Extensions of OpenSSH's PROTOCOL file, 4, as they are named on the wire. */
const wireNames = {
  posixRename: 'posix-rename@openssh.com',
  hardlink: 'hardlink@openssh.com',
  statvfs: 'statvfs@openssh.com',
  expandPath: 'expand-path@openssh.com',
  lsetstat: 'lsetstat@openssh.com',
  fstatvfs: 'fstatvfs@openssh.com',
  fsync: 'fsync@openssh.com',
  copyData: 'copy-data',
  limits: 'limits@openssh.com',
  homeDirectory: 'home-directory',
  usersGroupsById: 'users-groups-by-id@openssh.com',
} as const;

type Known =
  | { readonly kind: 'posixRename' | 'hardlink'; readonly first: Buffer; readonly second: Buffer }
  | { readonly kind: 'statvfs'; readonly path: Buffer }
  | { readonly kind: 'expandPath'; readonly path: Buffer }
  | { readonly kind: 'lsetstat'; readonly path: Buffer; readonly attributes: Attributes }
  | { readonly kind: 'fstatvfs' | 'fsync'; readonly handle: Buffer }
  | {
      readonly kind: 'copyData';
      readonly source: Buffer;
      readonly sourceOffset: bigint;
      /** 0: up to the end of the file. */
      readonly length: bigint;
      readonly target: Buffer;
      readonly targetOffset: bigint;
    }
  | { readonly kind: 'limits' }
  | { readonly kind: 'homeDirectory'; readonly user: Buffer }
  /** Both are lists of uint32. */
  | { readonly kind: 'usersGroupsById'; readonly users: Buffer; readonly groups: Buffer };

type Named = Known | { readonly kind: 'unknownExtension'; readonly name: Buffer };

/** Section 8. What an unknown extension asks is not looked at. */
export type Extended = Named & { readonly raw: Buffer; readonly id: number };

export function decodeExtended(raw: Buffer): Extended {
  const fields = FieldReader.ofPacket(raw, requestType.extended);
  const id = fields.uint32();
  const name = fields.string();
  return { raw, id, ...readNamed(name, fields) };
}

function readNamed(name: Buffer, fields: FieldReader): Named {
  const known = readKnown(name.toString('latin1'), fields);
  if (known === null) return { kind: 'unknownExtension', name };
  fields.end();
  return known;
}

function readKnown(name: string, fields: FieldReader): Known | null {
  switch (name) {
    case wireNames.posixRename:
      return { kind: 'posixRename', first: fields.path(), second: fields.path() };
    case wireNames.hardlink:
      return { kind: 'hardlink', first: fields.path(), second: fields.path() };
    case wireNames.statvfs:
      return { kind: 'statvfs', path: fields.path() };
    case wireNames.expandPath:
      return { kind: 'expandPath', path: fields.path() };
    case wireNames.lsetstat:
      return { kind: 'lsetstat', path: fields.path(), attributes: readAttributes(fields) };
    case wireNames.fstatvfs:
      return { kind: 'fstatvfs', handle: fields.handle() };
    case wireNames.fsync:
      return { kind: 'fsync', handle: fields.handle() };
    case wireNames.copyData:
      return readCopyData(fields);
    case wireNames.limits:
      return { kind: 'limits' };
    case wireNames.homeDirectory:
      return { kind: 'homeDirectory', user: fields.string() };
    case wireNames.usersGroupsById:
      return { kind: 'usersGroupsById', users: fields.string(), groups: fields.string() };
    default:
      return null;
  }
}

function readCopyData(fields: FieldReader): Known {
  const source = fields.handle();
  const sourceOffset = fields.uint64();
  const length = fields.uint64();
  const target = fields.handle();
  const targetOffset = fields.uint64();
  return { kind: 'copyData', source, sourceOffset, length, target, targetOffset };
}

export function encodeExtended(request: Known & { readonly id: number }): Buffer {
  const { kind, id } = request;
  const name = string(wireNames[kind]);
  return encodePacket(requestType.extended, uint32(id), name, ...fieldsOf(request));
}

function fieldsOf(request: Known): Buffer[] {
  switch (request.kind) {
    case 'posixRename':
    case 'hardlink':
      return [string(request.first), string(request.second)];
    case 'statvfs':
    case 'expandPath':
      return [string(request.path)];
    case 'lsetstat':
      return [string(request.path), encodeAttributes(request.attributes)];
    case 'fstatvfs':
    case 'fsync':
      return [string(request.handle)];
    case 'copyData':
      return [
        string(request.source),
        uint64(request.sourceOffset),
        uint64(request.length),
        string(request.target),
        uint64(request.targetOffset),
      ];
    case 'limits':
      return [];
    case 'homeDirectory':
      return [string(request.user)];
    case 'usersGroupsById':
      return [string(request.users), string(request.groups)];
    default:
      return request satisfies never;
  }
}
