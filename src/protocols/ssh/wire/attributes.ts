import { string, uint32, uint64 } from './encode.ts';
import type { FieldReader } from './field-reader.ts';
import { WireFault } from './wire-fault.ts';

/** ATTRS of section 5: what is null is not set. */
export interface Attributes {
  readonly size: bigint | null;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly permissions: number | null;
  readonly times: { readonly accessed: number; readonly modified: number } | null;
  readonly extended: readonly ExtendedAttribute[];
}

export interface ExtendedAttribute {
  readonly name: Buffer;
  readonly value: Buffer;
}

const flag = {
  size: 0x1,
  owner: 0x2,
  permissions: 0x4,
  times: 0x8,
  extended: 0x8000_0000,
} as const;

const known = 0x8000_000f;

export function readAttributes(fields: FieldReader): Attributes {
  const flags = fields.uint32();
  // A field that is not known here would be read as the next one.
  if ((flags & ~known) !== 0) throw new WireFault('UNEXPECTED', 'attributes of another version');
  return {
    size: (flags & flag.size) === 0 ? null : fields.uint64(),
    owner: (flags & flag.owner) === 0 ? null : { uid: fields.uint32(), gid: fields.uint32() },
    permissions: (flags & flag.permissions) === 0 ? null : fields.uint32(),
    times:
      (flags & flag.times) === 0 ? null : { accessed: fields.uint32(), modified: fields.uint32() },
    extended: (flags & flag.extended) === 0 ? [] : readExtended(fields),
  };
}

function readExtended(fields: FieldReader): ExtendedAttribute[] {
  return Array.from({ length: fields.count(8) }, () => ({
    name: fields.string(),
    value: fields.string(),
  }));
}

export function encodeAttributes(attributes: Attributes): Buffer {
  const { size, owner, permissions, times, extended } = attributes;
  let flags = 0;
  const fields: Buffer[] = [];
  if (size !== null) {
    flags |= flag.size;
    fields.push(uint64(size));
  }
  if (owner !== null) {
    flags |= flag.owner;
    fields.push(uint32(owner.uid), uint32(owner.gid));
  }
  if (permissions !== null) {
    flags |= flag.permissions;
    fields.push(uint32(permissions));
  }
  if (times !== null) {
    flags |= flag.times;
    fields.push(uint32(times.accessed), uint32(times.modified));
  }
  if (extended.length > 0) {
    flags |= flag.extended;
    fields.push(uint32(extended.length));
    for (const { name, value } of extended) fields.push(string(name), string(value));
  }
  return Buffer.concat([uint32(flags >>> 0), ...fields]);
}
