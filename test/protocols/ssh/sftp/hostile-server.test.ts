import { describe, expect, test } from 'vitest';
import { encodePacket, string, uint32 } from '../../../../src/protocols/ssh/wire/encode.ts';
import { encodeInit, encodeVersion } from '../../../../src/protocols/ssh/wire/greeting.ts';
import { replyType, requestType } from '../../../../src/protocols/ssh/wire/packet-types.ts';
import { encodeData } from '../../../../src/protocols/ssh/wire/reply/data.ts';
import { encodeHandle } from '../../../../src/protocols/ssh/wire/reply/handle.ts';
import { encodeStatus } from '../../../../src/protocols/ssh/wire/reply/status.ts';
import { encodeHandleOnly } from '../../../../src/protocols/ssh/wire/request/handle-only.ts';
import { encodeOnePath } from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeRead } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { atHome, name, version } from './at-home.ts';
import { decisions, held } from './decisions.ts';
import { open } from './raw-sftp.ts';
import { withHostileServer } from './relayed.ts';

const idOf = (raw: Buffer) => raw.readUInt32BE(5);
const typeOf = (raw: Buffer) => raw.readUInt8(4);
const remove = (id: number) => encodeOnePath({ kind: 'remove', id, path: Buffer.from('/x') });
const ok = (id: number) => encodeStatus({ id, code: 0, message: '' });

describe('hostile SFTP servers', () => {
  test.each([
    ['another version', encodeVersion({ version: 4, extensions: [] }), 'BAD_VERSION'],
    ['something else than VERSION', ok(1), 'UNKNOWN_TYPE'],
    ['a request', encodePacket(requestType.init, uint32(3)), 'UNKNOWN_TYPE'],
    ['an endless packet', encodePacket(replyType.version, Buffer.alloc(300_000)), 'TOO_LONG'],
  ])('a server that greets with %s is left', async (_, raw, code) => {
    const { client, server, ended } = await withHostileServer();
    client.send(encodeInit({ version: 3, extensions: [] }));
    await server.next();
    server.send(raw);
    expect(await ended).toMatchObject({ name: 'WireFault', code });
  });

  test('a server that speaks before it is asked is left', async () => {
    const { server, ended } = await withHostileServer();
    server.send(version);
    expect(await ended).toMatchObject({ code: 'UNEXPECTED' });
  });

  test('a reply that nobody awaits is never passed on', async () => {
    const { server, ended } = await atHome();
    server.send(encodeHandle({ id: 4711, handle: Buffer.from('h') }));
    expect(await ended).toMatchObject({ code: 'UNEXPECTED' });
  });

  test.each([
    ['a handle', (id: number) => encodeHandle({ id, handle: Buffer.from('h') })],
    ['data', (id: number) => encodeData(id, Buffer.from('data'))],
    ['names', (id: number) => name(id, '/x')],
  ])('%s in answer to REMOVE leaves its outcome unknown', async (_, reply) => {
    const { client, server, asked, settled, ended } = await atHome();
    client.send(remove(1));
    server.send(reply(idOf(await asked())));
    expect(await ended).toMatchObject({ code: 'UNEXPECTED' });
    // The reply was to this request, but says nothing about it.
    expect(settled).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('one answer is one answer', async () => {
    const { client, server, asked, settled, ended } = await atHome();
    client.send(remove(1));
    const id = idOf(await asked());
    server.send(ok(id), ok(id));
    expect(await ended).toMatchObject({ code: 'UNEXPECTED' });
    expect(settled).toMatchObject([{ outcome: 'succeeded' }]);
  });

  test('one handle for two open files ends it', async () => {
    const { client, server, asked, settled, ended } = await atHome();
    client.send(open('/a', 1, 1), open('/b', 2, 2));
    for (const _ of [1, 2]) {
      server.send(encodeHandle({ id: idOf(await asked()), handle: Buffer.from('h') }));
    }
    expect(await ended).toMatchObject({ code: 'BAD_HANDLE' });
    expect(settled.map(({ summary, outcome }) => `${summary}: ${outcome}`).sort()).toEqual([
      'read /a: failed',
      'write /b: unknown',
    ]);
  });

  test('a handle given anew before its CLOSE was answered belongs to the new file', async () => {
    const { client, server, asked } = await atHome();
    const handle = Buffer.from('h');
    client.send(open('/a', 1, 1));
    server.send(encodeHandle({ id: idOf(await asked()), handle }));
    await client.next();
    client.send(encodeHandleOnly({ kind: 'close', id: 2, handle }), open('/b', 1, 3));
    const closeId = idOf(await asked());
    server.send(encodeHandle({ id: idOf(await asked()), handle }), ok(closeId));
    expect([idOf(await client.next()), idOf(await client.next())]).toEqual([3, 2]);
    client.send(encodeRead({ id: 4, handle, offset: 0n, length: 4 }));
    expect(typeOf(await asked())).toBe(requestType.read);
  });

  test('more data than was asked for ends it', async () => {
    const { client, server, asked, ended } = await atHome();
    const handle = Buffer.from('h');
    client.send(open('/a', 1, 1));
    server.send(encodeHandle({ id: idOf(await asked()), handle }));
    await client.next();
    client.send(encodeRead({ id: 2, handle, offset: 0n, length: 4 }));
    server.send(encodeData(idOf(await asked()), Buffer.alloc(5)));
    expect(await ended).toMatchObject({ code: 'TOO_LONG' });
  });

  test.each([
    ['relative', (id: number) => name(id, 'x')],
    ['cut by a NUL', (id: number) => name(id, '/x\0y')],
    [
      'two at once',
      (id: number) =>
        encodePacket(replyType.name, uint32(id), uint32(2), string('/x'), string(''), uint32(0)),
    ],
  ])('a resolved path that is %s ends it, undecided', async (_, reply) => {
    const { client, server, ended, asked: _asked, ...made } = await atHome();
    client.send(open('/link', 1));
    server.send(reply(idOf(await server.next())));
    expect(await ended).toMatchObject({ name: 'WireFault' });
    expect(made.settled).toEqual([]);
  });

  test('where a server resolves only what exists, a new file is in its resolved folder', async () => {
    const made = decisions(() => 'no');
    const { client, server } = await atHome(made);
    client.send(open('/link/new', 0x1a));
    const questions: string[] = [];
    for (const path of [null, null, '/elsewhere']) {
      const raw = await server.next();
      const id = idOf(raw);
      questions.push(`${typeOf(raw)} ${raw.subarray(13)}`);
      server.send(path === null ? encodeStatus({ id, code: 2, message: '' }) : name(id, path));
    }
    await client.next();
    const { realpath, readlink } = requestType;
    expect(questions).toEqual([
      `${realpath} /link/new`,
      `${readlink} /link/new`,
      `${realpath} /link`,
    ]);
    expect(made.asked[0]?.paths).toEqual(['/link/new', '/elsewhere/new']);
  });

  test('ids that a client uses twice, or that are the gateway’s own, get their own answers', async () => {
    const { client, server, asked } = await atHome();
    const same = [0, 0, 1, 1, 0xffff_ffff, 2, 2];
    client.send(...same.map(remove));
    const upstream: number[] = [];
    for (const _ of same) {
      const raw = await asked();
      upstream.push(idOf(raw));
      server.send(ok(idOf(raw)));
    }
    expect(new Set(upstream).size).toBe(same.length);
    const answered = [];
    for (const _ of same) answered.push(idOf(await client.next()));
    expect(answered).toEqual(same);
  });

  test('answers out of order find who asked', async () => {
    const { client, server, asked } = await atHome();
    const handle = Buffer.from('h');
    client.send(open('/a', 1, 1));
    server.send(encodeHandle({ id: idOf(await asked()), handle }));
    await client.next();
    for (const id of [7, 8, 9]) {
      client.send(encodeRead({ id, handle, offset: BigInt(id), length: 1 }));
    }
    const raws = [await asked(), await asked(), await asked()];
    for (const raw of raws.reverse()) {
      server.send(encodeData(idOf(raw), Buffer.from([raw.readUInt8(raw.length - 5)])));
    }
    for (const id of [9, 8, 7]) {
      const reply = await client.next();
      expect([idOf(reply), reply.at(-1)]).toEqual([id, id]);
    }
  });

  test('while a path may still be changing, nobody asks where it leads', async () => {
    const { client, server, asked } = await atHome();
    client.send(remove(1), open('/x/y', 1, 2));
    const removing = await asked();
    let more = false;
    const next = server.next().then((raw) => {
      more = true;
      return raw;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(more).toBe(false);
    server.send(ok(idOf(removing)));
    expect(typeOf(await next)).toBe(requestType.realpath);
  });

  test('answers to earlier requests flow while a later one is held', async () => {
    const gate = held();
    const made = decisions(({ kind }) => (kind === 'sftp_remove' ? gate.why : null));
    const { client, server, asked } = await atHome(made);
    const handle = Buffer.from('h');
    client.send(open('/a', 1, 1));
    server.send(encodeHandle({ id: idOf(await asked()), handle }));
    await client.next();
    client.send(encodeRead({ id: 2, handle, offset: 0n, length: 4 }), remove(3));
    const reading = await asked();
    const removing = asked();
    await expect.poll(() => made.asked.length).toBe(2);
    server.send(encodeData(idOf(reading), Buffer.from('data')));
    expect(idOf(await client.next())).toBe(2);
    gate.release();
    expect(typeOf(await removing)).toBe(requestType.remove);
  });

  test('a refusal is said between two packets, never inside one', async () => {
    const { client, server, asked } = await atHome();
    const handle = Buffer.from('h');
    client.send(open('/a', 1, 1));
    server.send(encodeHandle({ id: idOf(await asked()), handle }));
    await client.next();
    client.send(encodeRead({ id: 2, handle, offset: 0n, length: 4000 }));
    const data = encodeData(idOf(await asked()), Buffer.alloc(4000, 5));
    server.send(data.subarray(0, 100));
    client.send(encodePacket(requestType.extended, uint32(3), string('unknown')));
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.send(data.subarray(100));
    const [first, second] = [await client.next(), await client.next()];
    expect([idOf(first), first.subarray(13).equals(Buffer.alloc(4000, 5))]).toEqual([2, true]);
    expect([idOf(second), typeOf(second)]).toEqual([3, replyType.status]);
  });
});
