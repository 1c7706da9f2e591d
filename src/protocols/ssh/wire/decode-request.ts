import { requestType } from './packet-types.ts';
import { decodeExtended, type Extended } from './request/extended.ts';
import { decodeFsetstat, type Fsetstat } from './request/fsetstat.ts';
import { decodeHandleOnly, type HandleOnly } from './request/handle-only.ts';
import { decodeOnePath, type OnePath, type OnePathKind } from './request/one-path.ts';
import { decodeOpen, type Open } from './request/open.ts';
import { decodePathAttributes, type PathAttributes } from './request/path-attributes.ts';
import { decodeRead, type Read } from './request/read-write.ts';
import { decodeTwoPaths, type TwoPaths } from './request/two-paths.ts';
import { WireFault } from './wire-fault.ts';

export type Request =
  | Extended
  | Fsetstat
  | HandleOnly
  | OnePath<'realpath'>
  | OnePath<Exclude<OnePathKind, 'realpath'>>
  | Open
  | PathAttributes
  | Read
  | TwoPaths;

/**
 * Decodes one whole packet that has an id; WRITE is never whole. Throws WireFault for
 * anything that is not exact.
 */
export function decodeRequest(raw: Buffer): Request {
  switch (raw[4]) {
    case requestType.open:
      return decodeOpen(raw);
    case requestType.close:
      return decodeHandleOnly(raw, 'close');
    case requestType.fstat:
      return decodeHandleOnly(raw, 'fstat');
    case requestType.readdir:
      return decodeHandleOnly(raw, 'readdir');
    case requestType.read:
      return decodeRead(raw);
    case requestType.fsetstat:
      return decodeFsetstat(raw);
    case requestType.setstat:
      return decodePathAttributes(raw, 'setstat');
    case requestType.mkdir:
      return decodePathAttributes(raw, 'mkdir');
    case requestType.opendir:
      return decodeOnePath(raw, 'opendir');
    case requestType.stat:
      return decodeOnePath(raw, 'stat');
    case requestType.lstat:
      return decodeOnePath(raw, 'lstat');
    case requestType.remove:
      return decodeOnePath(raw, 'remove');
    case requestType.rmdir:
      return decodeOnePath(raw, 'rmdir');
    case requestType.readlink:
      return decodeOnePath(raw, 'readlink');
    case requestType.realpath:
      return decodeOnePath(raw, 'realpath');
    case requestType.rename:
      return decodeTwoPaths(raw, 'rename');
    case requestType.symlink:
      return decodeTwoPaths(raw, 'symlink');
    case requestType.extended:
      return decodeExtended(raw);
    default:
      throw new WireFault('UNKNOWN_TYPE', `unexpected packet type ${raw[4] ?? 'none'}`);
  }
}
