import { openFlag, replyType } from '../wire/packet-types.ts';
import type { Open } from '../wire/request/open.ts';
import { attributesJson, attributeWords } from './attribute-words.ts';
import type { FileOperation } from './file-operation.ts';

/** What a handle that comes of an OPEN may be used for. */
export interface OpenUse {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Servers take an OPEN that names neither as one for reading. */
export function openUse({ flags }: Open): OpenUse {
  const writable = (flags & openFlag.write) !== 0;
  return { writable, readable: (flags & openFlag.read) !== 0 || !writable };
}

/** Any flag but READ may make or empty a file, whether or not it can be written then. */
export function describeOpen(request: Open): FileOperation {
  const { path, flags, attributes } = request;
  const { readable, writable } = openUse(request);
  const writes = (flags & ~openFlag.read) !== 0;
  const details = [...flagWords(flags), ...(writes ? attributeWords(attributes) : [])];
  const suffix = details.length === 0 ? '' : ` (${details.join(', ')})`;
  const verb = !writes ? 'read' : readable ? 'read and write' : 'write';
  return {
    kinds: !writes ? ['sftp_read'] : readable ? ['sftp_write', 'sftp_read'] : ['sftp_write'],
    places: [{ path, follow: 'target', creates: writes }],
    action: {
      packet: 'open',
      path: path.toString('base64'),
      flags,
      attributes: attributesJson(attributes),
    },
    input: writable,
    expects: replyType.handle,
    summary: ([name]) => `${verb} ${name}${suffix}`,
  };
}

const words: readonly (readonly [number, string])[] = [
  [openFlag.append, 'append'],
  [openFlag.create, 'create'],
  [openFlag.truncate, 'truncate'],
  [openFlag.exclusive, 'only if new'],
];

function flagWords(flags: number): string[] {
  const known = Object.values(openFlag).reduce<number>((all, flag) => all | flag, 0);
  const named = words.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word);
  const rest = (flags & ~known) >>> 0;
  return rest === 0 ? named : [...named, `flags 0x${rest.toString(16)}`];
}
