import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeReply } from '../../../../src/protocols/ssh/wire/decode-reply.ts';
import { decodeRequest } from '../../../../src/protocols/ssh/wire/decode-request.ts';
import { encodePacket, string, uint32 as u32 } from '../../../../src/protocols/ssh/wire/encode.ts';
import {
  decodeInit,
  decodeVersion,
  encodeInit,
  encodeVersion,
} from '../../../../src/protocols/ssh/wire/greeting.ts';
import { requestType } from '../../../../src/protocols/ssh/wire/packet-types.ts';
import { decodeHandle, encodeHandle } from '../../../../src/protocols/ssh/wire/reply/handle.ts';
import { decodeOneName, encodeOneName } from '../../../../src/protocols/ssh/wire/reply/name.ts';
import { decodeStatus, encodeStatus } from '../../../../src/protocols/ssh/wire/reply/status.ts';
import { encodeExtended } from '../../../../src/protocols/ssh/wire/request/extended.ts';
import { encodeFsetstat } from '../../../../src/protocols/ssh/wire/request/fsetstat.ts';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import {
  encodeOnePath,
  onePathKinds,
} from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeOpen } from '../../../../src/protocols/ssh/wire/request/open.ts';
import { encodePathAttributes } from '../../../../src/protocols/ssh/wire/request/path-attributes.ts';
import {
  decodeWriteHead,
  encodeRead,
  encodeWrite,
} from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { encodeTwoPaths } from '../../../../src/protocols/ssh/wire/request/two-paths.ts';
import { WireFault } from '../../../../src/protocols/ssh/wire/wire-fault.ts';
import { attributes, bytes, pathBytes, uint32, uint64 } from './splits.ts';

const id = uint32;
const path = pathBytes;
const handle = bytes(256);
const both = { id, first: path, second: path };

const openRecord = fc.record({ id, path, flags: uint32, attributes });

/** Every request, as what it should decode to and its bytes. */
const requests = fc.oneof(
  openRecord.map((it) => [{ kind: 'open', ...it }, encodeOpen(it)] as const),
  fc
    .record({ kind: fc.constantFrom(...onePathKinds), id, path })
    .map((it) => [it, encodeOnePath(it)] as const),
  fc
    .record({ kind: fc.constantFrom('rename' as const, 'symlink' as const), ...both })
    .map((it) => [it, encodeTwoPaths(it)] as const),
  fc
    .record({ kind: fc.constantFrom('mkdir' as const, 'setstat' as const), id, path, attributes })
    .map((it) => [it, encodePathAttributes(it)] as const),
  fc
    .record({ kind: fc.constantFrom('close', 'fstat', 'readdir'), id, handle })
    .map((it) => [it, encodeHandleOnly(it)] as const),
  fc
    .record({ id, handle, offset: uint64, length: uint32 })
    .map((it) => [{ kind: 'read', ...it }, encodeRead(it)] as const),
  fc
    .record({ id, handle, attributes })
    .map((it) => [{ kind: 'fsetstat', ...it }, encodeFsetstat(it)] as const),
  fc
    .oneof(
      fc.record({ kind: fc.constantFrom('posixRename' as const, 'hardlink' as const), ...both }),
      fc.record({ kind: fc.constantFrom('statvfs' as const, 'expandPath' as const), id, path }),
      fc.record({ kind: fc.constant('lsetstat' as const), id, path, attributes }),
      fc.record({ kind: fc.constantFrom('fstatvfs' as const, 'fsync' as const), id, handle }),
      fc.record({
        kind: fc.constant('copyData' as const),
        id,
        source: handle,
        sourceOffset: uint64,
        length: uint64,
        target: handle,
        targetOffset: uint64,
      }),
      fc.record({ kind: fc.constant('limits' as const), id }),
      fc.record({ kind: fc.constant('homeDirectory' as const), id, user: bytes(20) }),
      fc.record({
        kind: fc.constant('usersGroupsById' as const),
        id,
        users: bytes(20),
        groups: bytes(20),
      }),
    )
    .map((it) => [it, encodeExtended(it)] as const),
);

function refusedAs(raw: Buffer): string {
  try {
    decodeRequest(raw);
  } catch (error) {
    if (error instanceof WireFault) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('SFTP requests', () => {
  test('refuses a path with a NUL, which servers would cut', () => {
    const raw = encodeOnePath({ kind: 'remove', id: 1, path: Buffer.from('/a\0b') });
    expect(refusedAs(raw)).toBe('BAD_PATH');
  });

  test('refuses bytes behind the last field, which no digest would cover', () => {
    const raw = encodePacket(requestType.remove, u32(1), string('/a'), Buffer.from('x'));
    expect(refusedAs(raw)).toBe('TRAILING_BYTES');
  });

  test('refuses attributes that version 3 does not have', () => {
    const raw = encodePacket(requestType.setstat, u32(1), string('/a'), u32(0x10));
    expect(refusedAs(raw)).toBe('UNEXPECTED');
  });

  test('refuses handles of more than 256 bytes', () => {
    const raw = encodeHandleOnly({ kind: 'close', id: 1, handle: Buffer.alloc(257) });
    expect(refusedAs(raw)).toBe('BAD_HANDLE');
  });

  test('pitfall 15: refuses a count of attributes that the packet cannot hold', () => {
    const raw = encodePacket(
      requestType.setstat,
      u32(1),
      string('/a'),
      u32(0x8000_0000),
      u32(0xffff_ffff),
    );
    expect(refusedAs(raw)).toBe('BAD_COUNT');
  });

  test('every request decodes to what was encoded', () => {
    fc.assert(
      fc.property(requests, ([request, raw]) => {
        expect(decodeRequest(raw)).toEqual({ ...request, raw });
      }),
    );
  });

  test('a request that is cut or lengthened is refused, never misread', () => {
    fc.assert(
      fc.property(requests, fc.nat(), fc.boolean(), ([, raw], at, relabel) => {
        const cut = Buffer.from(raw.subarray(0, 5 + (at % Math.max(1, raw.length - 5))));
        if (relabel) cut.writeUInt32BE(cut.length - 4, 0);
        expect(() => decodeRequest(cut)).toThrow(WireFault);
      }),
    );
  });

  test('arbitrary bytes never do worse than a WireFault', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(requestType)), bytes(80), (type, body) => {
        expect(refusedAs(encodePacket(type, body))).toBeTypeOf('string');
      }),
      { numRuns: 2000 },
    );
  });

  test('the head of a WRITE says what follows', () => {
    fc.assert(
      fc.property(id, handle, uint64, bytes(50), (n, h, offset, contents) => {
        const raw = encodeWrite({ id: n, handle: h, offset }, contents);
        const head = raw.subarray(0, raw.length - contents.length);
        const expected = { id: n, handle: h, offset, length: contents.length };
        expect(decodeWriteHead(head)).toEqual(expected);
      }),
    );
  });
});

describe('SFTP replies and greetings', () => {
  test('arbitrary bytes never do worse than a WireFault', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 105 }), bytes(60), (type, body) => {
        const raw = encodePacket(type, body);
        for (const decode of [decodeReply, decodeOneName, decodeVersion]) {
          try {
            decode(raw);
          } catch (error) {
            expect(error).toBeInstanceOf(WireFault);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a status without its text, as old servers send it, is still a status', () => {
    expect(decodeStatus(encodePacket(101, u32(7), u32(4)))).toEqual({
      id: 7,
      code: 4,
      message: '',
    });
  });

  test('replies decode to what was encoded', () => {
    fc.assert(
      fc.property(id, handle, path, bytes(20), attributes, (n, h, p, longName, a) => {
        expect(decodeHandle(encodeHandle({ id: n, handle: h }))).toEqual({ id: n, handle: h });
        const name = { id: n, path: p, longName, attributes: a };
        expect(decodeOneName(encodeOneName(name))).toEqual(name);
        const status = { id: n, code: 3 as const, message: 'no — nein' };
        expect(decodeStatus(encodeStatus(status))).toEqual(status);
      }),
    );
  });

  test('greetings decode to what was encoded', () => {
    const extension = fc.record({ name: bytes(20), data: bytes(20) });
    fc.assert(
      fc.property(uint32, fc.array(extension, { maxLength: 4 }), (version, extensions) => {
        expect(decodeInit(encodeInit({ version, extensions }))).toEqual({ version, extensions });
        expect(decodeVersion(encodeVersion({ version, extensions }))).toEqual({
          version,
          extensions,
        });
      }),
    );
  });
});
