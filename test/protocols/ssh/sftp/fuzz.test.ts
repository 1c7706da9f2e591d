import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relaySftp, WireFault } from '../../../../src/protocols/ssh/sftp/relay.ts';
import { decodeRequest } from '../../../../src/protocols/ssh/wire/decode-request.ts';
import { encodePacket, string, uint32 as u32 } from '../../../../src/protocols/ssh/wire/encode.ts';
import { encodeInit, encodeVersion } from '../../../../src/protocols/ssh/wire/greeting.ts';
import { requestType } from '../../../../src/protocols/ssh/wire/packet-types.ts';
import { encodeHandle } from '../../../../src/protocols/ssh/wire/reply/handle.ts';
import { encodeOneName } from '../../../../src/protocols/ssh/wire/reply/name.ts';
import { encodeStatus } from '../../../../src/protocols/ssh/wire/reply/status.ts';
import { encodeExtended } from '../../../../src/protocols/ssh/wire/request/extended.ts';
import { encodeFsetstat } from '../../../../src/protocols/ssh/wire/request/fsetstat.ts';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import {
  encodeOnePath,
  onePathKinds,
} from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeOpen } from '../../../../src/protocols/ssh/wire/request/open.ts';
import { encodeRead, encodeWrite } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { encodeTwoPaths } from '../../../../src/protocols/ssh/wire/request/two-paths.ts';
import { requestIdOf } from '../../../../src/protocols/ssh/wire/request-id.ts';
import { loopback } from '../../../net/loopback.ts';
import { attributes, bytes, pathBytes, sizes, splitAt, uint32, uint64 } from '../wire/splits.ts';
import { decisions } from './decisions.ts';
import { noAttributes, RawSftp } from './raw-sftp.ts';

/** What needs no decision of its own: questions, and requests that only tell names. */
const undecided: ReadonlySet<string> = new Set([
  ...['realpath', 'readlink', 'expandPath', 'homeDirectory', 'limits', 'usersGroupsById'],
]);

/** Answers so that everything seems to work; notes what it was asked to do. */
async function obligingServer(server: RawSftp): Promise<string[]> {
  const done: string[] = [];
  const path = Buffer.from('/resolved');
  for (;;) {
    const raw = await server.next().catch(() => null);
    if (raw === null) return done;
    if (raw[4] === requestType.init) {
      server.send(encodeVersion({ version: 3, extensions: [] }));
      continue;
    }
    const id = requestIdOf(raw);
    const kind = raw[4] === requestType.write ? 'write' : decodeRequest(raw).kind;
    done.push(kind);
    const names = ['realpath', 'expandPath', 'homeDirectory'].includes(kind);
    const opens = kind === 'open' || kind === 'opendir';
    if (names) server.send(encodeOneName({ id, path, longName: path, attributes: noAttributes }));
    else if (opens) server.send(encodeHandle({ id, handle: Buffer.from(`${id}`) }));
    else server.send(encodeStatus({ id, code: 0, message: '' }));
  }
}

const lastId = 0xfedcba98;
const last = encodePacket(requestType.extended, u32(lastId), string('last'));

async function seen(stream: Duplex, id: number): Promise<void> {
  const raw = new RawSftp(stream);
  for (;;) {
    const packet = await raw.next().catch(() => null);
    if (packet === null || requestIdOf(packet) === id) return;
  }
}

/** What became of bytes that a client sent behind its INIT. */
async function send(pieces: readonly Buffer[], allow: boolean) {
  const near = await loopback();
  const far = await loopback();
  const made = decisions(() => (allow ? null : 'no'));
  const doing = obligingServer(new RawSftp(far.server));
  const { signal } = new AbortController();
  const relay = relaySftp({
    client: near.server,
    upstream: far.client,
    decide: made.decide,
    signal,
  }).catch((error: unknown) => error);
  near.client.write(encodeInit({ version: 3, extensions: [] }));
  for (const piece of pieces) near.client.write(piece);
  near.client.write(last);
  // It is answered when all before it has been dealt with, unless that swallowed it.
  await Promise.race([seen(near.client, lastId), relay, delay(20)]);
  near.client.end();
  const ended = await relay;
  far.client.end();
  const done = await doing;
  near.close();
  far.close();
  return { ended, done, ...made };
}

const id = uint32;
const path = pathBytes;
/** The server gives out ids as handles: some of these are open. */
const handle = fc.nat({ max: 8 }).map((number) => Buffer.from(`${number}`));
const flags = fc.nat({ max: 0x3f });
const valid = fc.oneof(
  fc.record({ id, path, flags, attributes }).map(encodeOpen),
  fc.record({ kind: fc.constantFrom(...onePathKinds), id, path }).map(encodeOnePath),
  fc
    .record({
      kind: fc.constantFrom('rename' as const, 'symlink' as const),
      id,
      first: path,
      second: path,
    })
    .map(encodeTwoPaths),
  fc
    .record({
      kind: fc.constantFrom('close' as const, 'fstat' as const, 'readdir' as const),
      id,
      handle,
    })
    .map(encodeHandleOnly),
  fc.record({ id, handle, offset: uint64, length: uint32 }).map(encodeRead),
  fc.record({ id, handle, attributes }).map(encodeFsetstat),
  fc
    .tuple(fc.record({ id, handle, offset: uint64 }), bytes(100))
    .map(([head, contents]) => encodeWrite(head, contents)),
  fc
    .record({
      kind: fc.constantFrom('posixRename' as const, 'hardlink' as const),
      id,
      first: path,
      second: path,
    })
    .map(encodeExtended),
);
/** A byte of it is something else now. */
const spoiled = fc.tuple(valid, fc.nat(), fc.nat({ max: 255 })).map(([raw, at, byte]) => {
  const copy = Buffer.from(raw);
  copy.writeUInt8(byte, at % copy.length);
  return copy;
});
const packets = fc.array(fc.oneof({ weight: 6, arbitrary: valid }, spoiled), { maxLength: 8 });
const input = fc.oneof(bytes(200), { weight: 2, arbitrary: packets.map(Buffer.concat) });

describe('SFTP fuzzing', () => {
  test('arbitrary bytes never crash the relay, and nothing refused reaches the server', async () => {
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(input, sizes, async (sent, cuts) => {
        const { ended, done, asked, settled } = await send(splitAt(sent, cuts), false);
        decided += asked.length;
        if (ended !== undefined) expect(ended).toBeInstanceOf(WireFault);
        expect(done.filter((kind) => !undecided.has(kind))).toEqual([]);
        expect(settled).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(decided).toBeGreaterThan(50);
  });

  test('what is cleared is settled exactly once, whatever comes behind it', async () => {
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(input, sizes, async (sent, cuts) => {
        const { ended, asked, settled } = await send(splitAt(sent, cuts), true);
        decided += asked.length;
        if (ended !== undefined) expect(ended).toBeInstanceOf(WireFault);
        await expect.poll(() => settled.length).toBe(asked.length);
      }),
      { numRuns: 200 },
    );
    expect(decided).toBeGreaterThan(50);
  });
});
