import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAnchors } from '../../src/audit/anchors.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { s3Delivery } from '../../src/audit/s3-anchor.ts';
import { openSignerFile } from '../../src/audit/signer-file.ts';
import type { BucketPlace, ObjectStore } from '../../src/core/object-store.ts';
import { Secret } from '../../src/core/secret.ts';
import { openAnchor } from '../../src/gateway/anchor-store.ts';
import { usableBucket } from '../../src/gateway/shelf.ts';
import { recordingSays } from '../../src/recording/find-text.ts';
import { openRecordings, type Recordings } from '../../src/recording/recordings.ts';
import { nothingStored, writeUploadState } from '../../src/recording/upload-state.ts';
import { about, answer } from '../recording/recorded-session.ts';
import { bucketAt, type ObjectStorePeer, startObjectStore } from './object-store.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

describeWith(['ceph-mon', 'ceph-osd', 'radosgw'], 'an S3 bucket', () => {
  let peer: ObjectStorePeer;
  beforeAll(async () => {
    peer = await startObjectStore();
  }, 180_000);
  afterAll(() => peer?.stop());

  describe('the client', () => {
    let place: BucketPlace;
    beforeAll(async () => {
      place = await peer.bucket('client');
    });

    test('says why it is refused: a wrong key, another key, no bucket, nobody there, an unknown authority', async () => {
      const planted = new Secret('not-the-planted-secret');
      const wrong = bucketAt(place, { secretKey: planted });
      const error = await wrong.assertUsable().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'SignatureDoesNotMatch', final: true });
      expect(`${error} ${JSON.stringify(error)}`).not.toContain(planted.reveal());
      await expect(
        bucketAt(place, { accessKey: new Secret('NOBODY') }).assertUsable(),
      ).rejects.toMatchObject({ code: 'InvalidAccessKeyId', final: true });
      await expect(bucketAt(place, { bucket: 'gone' }).assertUsable()).rejects.toMatchObject({
        code: 'NoSuchBucket',
      });
      await expect(
        bucketAt(place, { endpoint: 'http://127.0.0.1:1' }).assertUsable(),
      ).rejects.toMatchObject({ code: 'Unreachable', final: false });
      await expect(
        bucketAt(place, { endpoint: peer.tls.endpoint }).assertUsable(),
      ).rejects.toMatchObject({
        code: 'Unreachable',
        message: expect.stringMatching(/certificate/),
      });
      await expect(bucketAt(place).assertUsable()).resolves.toBeUndefined();
    });

    test('puts, sizes, reads a part of, and removes an object; removing again does nothing', async () => {
      const store = bucketAt(place);
      expect(await store.size('a/b.txt')).toBeNull();
      await store.put('a/b.txt', Buffer.from('hello there'));
      expect(await store.size('a/b.txt')).toBe(11);
      expect(Buffer.from(await store.read('a/b.txt', 6, 3)).toString()).toBe('the');
      await store.remove('a/b.txt');
      await store.remove('a/b.txt');
      expect(await store.size('a/b.txt')).toBeNull();
    });

    test('uploads in parts, and knows an upload that is gone', async () => {
      const store = bucketAt(place);
      const upload = await store.begin('large');
      const first = Buffer.alloc(5 * 2 ** 20, 1);
      const etag = await store.putPart('large', upload, 1, first);
      const last = await store.putPart('large', upload, 2, Buffer.from('end'));
      const parts = [
        { number: 1, etag },
        { number: 2, etag: last },
      ];
      await store.finish('large', upload, parts);
      expect(await store.size('large')).toBe(first.length + 3);
      const other = await store.begin('other');
      await store.abandon('other', other);
      await store.abandon('other', other);
      await expect(store.putPart('other', other, 1, first)).rejects.toMatchObject({
        code: 'NoSuchUpload',
      });
    });
  });

  describe('recordings', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'hoopx-bucket-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    const shelf = (store: ObjectStore | null, retention = keepAll) =>
      openRecordings({
        ...{ folder, clock: Date.now, log, store },
        settings: () => ({ ...retention, recipients: [], rowLimit: 5, outputLimit: 100 }),
      });
    const names = (id: string) => readdir(path.join(folder, id));
    const keptHere = async (id: string) => (await names(id)).includes('session.ndjson');

    async function recorded(recordings: Recordings, id: string, text = 'hello'): Promise<void> {
      const begin = { about: { ...about, id }, required: true, onFailure: () => {} };
      const recording = await recordings.begin(begin);
      await recording.note({ ...answer, tag: text }, 1);
      await recording.close(null);
    }

    /** As an earlier gateway left it, with a file of that size. */
    async function leftBehind(id: string, bytes: number): Promise<Buffer> {
      const recordings = await shelf(null);
      await recorded(recordings, id);
      const content = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(bytes / 1024));
      await writeFile(path.join(folder, id, 'session.ndjson'), content);
      return content;
    }

    async function read(recordings: Recordings, id: string, file = 'session.ndjson') {
      const entry = recordings.find(id);
      const pieces: Buffer[] = [];
      const signal = new AbortController().signal;
      for await (const piece of entry?.bytes(file, () => false, signal) ?? []) pieces.push(piece);
      return Buffer.concat(pieces);
    }

    test('are not taken where the keys are wrong or the bucket is missing, and stay here', async () => {
      const place = await peer.bucket('refused');
      for (const wrong of [
        { ...place, secretKey: new Secret('x') },
        { ...place, bucket: 'none' },
      ]) {
        await expect(usableBucket(wrong, log)).rejects.toMatchObject({
          ...{ code: 'RECORDINGS_BUCKET', exitCode: 78 },
        });
      }
      const warned: string[] = [];
      const listening = { ...log, warn: (_: object, said: string) => void warned.push(said) };
      const away = { ...place, endpoint: 'http://127.0.0.1:1' };
      const store = await usableBucket(away, listening);
      expect(warned).toEqual([expect.stringContaining('is away')]);
      const recordings = await shelf(store);
      await recorded(recordings, 'ses_1');
      await recorded(recordings, 'ses_2');
      expect((await read(recordings, 'ses_1')).toString()).toContain('hello');
      await recordings.close();
      expect(await keptHere('ses_1')).toBe(true);
      const found = await shelf(bucketAt(place));
      await expect.poll(() => keptHere('ses_2'), inTime).toBe(false);
      expect((await read(found, 'ses_2')).toString()).toContain('hello');
      await found.close();
    }, 60_000);

    test('go there when their session ends, and are read, searched and removed there', async () => {
      const place = await peer.bucket('whole');
      const recordings = await shelf(bucketAt(place));
      await recorded(recordings, 'ses_1', 'a needle');
      await expect.poll(() => keptHere('ses_1'), inTime).toBe(false);
      const entry = recordings.find('ses_1');
      expect(await entry?.files()).toEqual(['session.ndjson']);
      expect((await read(recordings, 'ses_1')).toString()).toContain('a needle');
      const signal = new AbortController().signal;
      expect(entry && (await recordingSays(entry, 'NEEDLE', signal))).toBe(true);
      expect(await bucketAt(place).size('ses_1/meta.json')).toBeGreaterThan(100);
      await recordings.close();

      // After a restart, and only by what the bucket has.
      const again = await shelf(bucketAt(place), { ...keepAll, keepForMs: 1 });
      expect((await read(again, 'ses_1')).toString()).toContain('a needle');
      await peer.shutDown();
      await recorded(again, 'ses_2');
      const gone = async () => {
        await again.sweep();
        return again.find('ses_2') === null;
      };
      // What is only here goes with its time all the same.
      await expect.poll(gone, inTime).toBe(true);
      expect(again.find('ses_1')).not.toBeNull();
      await peer.restart();
      await again.sweep();
      expect(again.find('ses_1')).toBeNull();
      expect(await readdir(folder)).toEqual(['reserve']);
      expect(await bucketAt(place).size('ses_1/session.ndjson')).toBeNull();
      expect(await bucketAt(place).size('ses_1/meta.json')).toBeNull();
      await again.close();
    }, 120_000);

    test('make room on a disk that is full to the last block', async (context) => {
      const place = await peer.bucket('full');
      const mount = ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder];
      try {
        execFileSync('mount', mount, { stdio: 'ignore' });
      } catch {
        context.skip();
      }
      try {
        await leftBehind('ses_1', 128 * 1024);
        const away = await shelf(bucketAt({ ...place, endpoint: 'http://127.0.0.1:1' }));
        await expect.poll(() => readdir(folder), inTime).toContain('reserve');
        await away.close();
        const fill = writeFile(path.join(folder, 'filling'), Buffer.alloc(2 ** 20));
        await expect(fill).rejects.toMatchObject({ code: 'ENOSPC' });
        const recordings = await shelf(bucketAt(place));
        await expect.poll(() => keptHere('ses_1'), inTime).toBe(false);
        expect(await read(recordings, 'ses_1')).toHaveLength(128 * 1024);
        await recordings.close();
      } finally {
        execFileSync('umount', [folder], { stdio: 'ignore' });
      }
    }, 60_000);

    test('that cannot be taken hold up no other', async () => {
      const place = await peer.bucket('bad');
      await leftBehind('ses_1', 1024);
      await leftBehind('ses_2', 1024);
      const bad = path.join(folder, 'ses_1', 'session.ndjson');
      await rm(bad);
      await mkdir(bad);
      const recordings = await shelf(bucketAt(place));
      await expect.poll(() => keptHere('ses_2'), inTime).toBe(false);
      expect(await keptHere('ses_1')).toBe(true);
      await recordings.close();
    }, 60_000);

    test('cut off on their way arrive whole later', async () => {
      const place = await peer.bucket('cut');
      const content = await leftBehind('ses_1', 2 ** 20);
      const line = await badLine(new URL(peer.endpoint), 300_000);
      const recordings = await shelf(bucketAt({ ...place, endpoint: line.endpoint }));
      await expect.poll(() => line.cuts(), inTime).toBe(1);
      expect(await bucketAt(place).size('ses_1/session.ndjson')).toBeNull();
      line.mend();
      await expect.poll(() => keptHere('ses_1'), inTime).toBe(false);
      expect((await read(recordings, 'ses_1')).equals(content)).toBe(true);
      await recordings.close();
      line.close();
    }, 60_000);

    test('go on after kill -9 with the part that was missing', async () => {
      const place = await peer.bucket('parts');
      const content = await leftBehind('ses_1', 20 * 2 ** 20);
      const line = await badLine(new URL(peer.endpoint), Number.POSITIVE_INFINITY, 10 * 2 ** 20);
      const keys = [place.accessKey.reveal(), place.secretKey.reveal()];
      const args = ['--import', 'tsx', program, folder, line.endpoint, place.bucket, ...keys];
      const child = spawn(process.execPath, args, { stdio: 'inherit' });
      const gone = once(child, 'exit');
      const state = () => readFile(path.join(folder, 'ses_1', 'upload.json'), 'utf8');
      await expect.poll(() => state().catch(() => ''), inTime).toContain('"number":1');
      child.kill('SIGKILL');
      await gone;
      line.close();
      expect(JSON.parse(await state()).open.parts).toHaveLength(1);
      const recordings = await shelf(bucketAt(place));
      await expect.poll(() => keptHere('ses_1'), inTime).toBe(false);
      expect((await read(recordings, 'ses_1')).equals(content)).toBe(true);
      const sent = (await peer.asked()).filter((each) => each.includes('/parts/gw/'));
      const taken = sent.filter((each) => /partNumber=.* 200$/.test(each));
      expect(taken.map((each) => /partNumber=(\d)/.exec(each)?.[1])).toEqual(['1', '2', '3']);
      await recordings.close();
    }, 90_000);

    test('begin anew where the bucket has dropped an upload, and tell what was changed there', async () => {
      const place = await peer.bucket('dropped');
      const content = await leftBehind('ses_1', 10 * 2 ** 20);
      const open = { name: 'session.ndjson', upload: 'gone', partBytes: 8 * 2 ** 20, parts: [] };
      await writeUploadState(path.join(folder, 'ses_1'), { ...nothingStored, open });
      const recordings = await shelf(bucketAt(place));
      await expect.poll(() => keptHere('ses_1'), inTime).toBe(false);
      expect((await read(recordings, 'ses_1')).equals(content)).toBe(true);
      content[5] = 0;
      await bucketAt(place).put('ses_1/session.ndjson', content);
      await expect(read(recordings, 'ses_1')).rejects.toThrow(/is not what was stored/);
      await bucketAt(place).put('ses_1/session.ndjson', content.subarray(0, 100));
      await expect(read(recordings, 'ses_1')).rejects.toThrow(/has not all/);
      await recordings.close();
    }, 60_000);
  });

  describe('checkpoints', () => {
    let folder: string;
    let note: string;
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'hoopx-locked-'));
      const signer = await openSignerFile(path.join(folder, 'key'), 'example.com/audit');
      const time = '2026-01-31T12:58:03.123Z';
      note = signCheckpoint({ size: 7, root: Buffer.alloc(32), time }, signer);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));
    const key = '2026-01-31/12/5803.123.jsonl';
    const retainMs = 24 * 3_600_000;

    test('are not entrusted to a bucket that does not lock, nor to a wrong one', async () => {
      const place = await peer.bucket('unlocked');
      const anchor = { kind: 's3', place, retainMs } as const;
      await expect(openAnchor(anchor, log)).rejects.toMatchObject({
        ...{
          code: 'AUDIT_BUCKET',
          exitCode: 78,
          message: expect.stringContaining('no object lock'),
        },
      });
      const gone = { ...anchor, place: { ...place, bucket: 'nowhere' } };
      await expect(openAnchor(gone, log)).rejects.toMatchObject({ exitCode: 78 });
      // Away as the gateway started, and then found to be without a lock.
      const deliver = s3Delivery({ ...anchor, store: bucketAt(place) });
      await expect(deliver(note)).rejects.toThrow('no object lock');
      const lock = { until: new Date(Date.now() + retainMs) };
      await expect(bucketAt(place).put(key, Buffer.from('x'), lock)).rejects.toBeDefined();
      expect(await bucketAt(place).size(key)).toBeNull();
    }, 60_000);

    test('cannot be removed or replaced there before their time', async () => {
      const place = await peer.bucket('locked', { lock: true });
      const anchor = await openAnchor({ kind: 's3', place, retainMs }, log);
      const anchors = await openAnchors([anchor], path.join(folder, 'audit'), log, () => {});
      anchors.add(note);
      await anchors.close();
      const object = `/locked/gw/${key}`;
      const kept = await peer.ask('GET', object);
      expect(kept.headers.get('x-amz-object-lock-mode')).toBe('COMPLIANCE');
      expect(await kept.json()).toEqual({ note });
      const version = kept.headers.get('x-amz-version-id');
      const removed = await peer.ask('DELETE', `${object}?versionId=${version}`);
      expect(removed.status).toBe(403);
      // Another in its place is another version; a removal only marks it.
      await bucketAt(place).put(key, Buffer.from('forged'));
      await bucketAt(place).remove(key);
      const first = await peer.ask('GET', `${object}?versionId=${version}`);
      expect(await first.json()).toEqual({ note });
    }, 60_000);
  });

  describeWith(['postgres'], 'of the built program, over TLS', () => {
    let system: RunningSystem;
    let keys: string;
    beforeAll(async () => {
      const place = await peer.bucket('recordings');
      await peer.bucket('checkpoints', { lock: true });
      keys = await mkdtemp(path.join(tmpdir(), 'hoopx-keys-'));
      await writeFile(path.join(keys, 'access'), place.accessKey.reveal());
      await writeFile(path.join(keys, 'secret'), place.secretKey.reveal());
      const common = [
        `endpoint: "${peer.tls.endpoint}"`,
        `accessKey: "file:${keys}/access"`,
        `secretKey: "file:${keys}/secret"`,
      ].join(', ');
      system = await startSystem({
        recording: `{ folder: recordings, bucket: { bucket: recordings, ${common} } }`,
        audit: `{ anchors: [{ s3: { bucket: checkpoints, ${common} }, retain: 1d }] }`,
        authority: peer.tls.authority,
      });
    }, 240_000);
    afterAll(async () => {
      await system?.[Symbol.asyncDispose]();
      await rm(keys, { recursive: true, force: true });
    });

    test('plays a session back from there, and verifies against what is locked there', async () => {
      const tunnel = await system.connect('engineer');
      const url = `postgres://app@127.0.0.1:${tunnel.port}/app`;
      const psql = system.spawn('psql', ['-X', '-c', "select 'from the bucket'", url]);
      expect((await psql.ended).code).toBe(0);
      const recordings = path.join(system.folder, 'recordings');
      const files = async () =>
        (await readdir(recordings, { recursive: true }))
          .filter((name) => /^ses_/.test(name))
          .sort();
      await expect
        .poll(async () => (await files()).map((name) => path.basename(name)), inTime)
        .toEqual([expect.stringMatching(/^ses_/), 'meta.json', 'upload.json']);
      const [id = ''] = await files();
      const listed = await system.run(
        'engineer',
        'sessions',
        'list',
        '--ended',
        '--text',
        'BUCKET',
      );
      expect(listed.stdout).toContain(id);
      const replayed = await system.run('engineer', 'sessions', 'replay', id);
      expect(replayed.stdout).toContain("select 'from the bucket'");
      const exported = await system.run('engineer', 'sessions', 'export', id, '--json');
      expect(exported.stdout).toContain('from the bucket');

      await system.gateway.stop();
      const copy = path.join(system.folder, 'copy');
      const list = await (await peer.ask('GET', '/checkpoints?list-type=2')).text();
      for (const [, key = ''] of list.matchAll(/<Key>([^<]*)<\/Key>/g)) {
        await mkdir(path.join(copy, path.dirname(key)), { recursive: true });
        await writeFile(
          path.join(copy, key),
          await (await peer.ask('GET', `/checkpoints/${key}`)).text(),
        );
      }
      const log = path.join(system.folder, 'hoopx.db-audit');
      const verified = await system.run('engineer', 'audit', 'verify', log, '--anchor', copy);
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringMatching(/^VERIFIED/)]);
      expect(system.gateway.log()).not.toContain('a-planted-secret-key');

      const held = async (folder: string) => {
        const args = ['audit', 'verify', log, '--recordings', folder];
        const shown = await system.run('engineer', ...args);
        const { code, stdout } = await system.run('engineer', ...args, '--json');
        return { code, said: shown.stdout, ...JSON.parse(stdout).recordings };
      };
      const away = await held(recordings);
      expect(away).toMatchObject({ code: 2, intact: 0, problems: [], inBucket: [id] });
      expect(away.said).toContain(`in the bucket, not checked:\n    ${id}`);
      const upload = path.join(recordings, id, 'upload.json');
      const noted = await readFile(upload, 'utf8');
      await writeFile(upload, noted.replace(/"sha256":"./g, '"sha256":"_'));
      expect(await held(recordings)).toMatchObject({
        code: 1,
        problems: [{ session: id, file: 'session.ndjson', problem: 'changed' }],
      });
      await rm(upload);
      expect(await held(recordings)).toMatchObject({
        code: 3,
        problems: [{ session: id, file: 'session.ndjson', problem: 'missing' }],
      });
      const copied = path.join(system.folder, 'copied');
      await mkdir(path.join(copied, id), { recursive: true });
      for (const name of ['meta.json', 'session.ndjson']) {
        const object = await peer.ask('GET', `/recordings/${id}/${name}`);
        await writeFile(path.join(copied, id, name), Buffer.from(await object.arrayBuffer()));
      }
      expect(await held(copied)).toMatchObject({ code: 2, intact: 1, problems: [], inBucket: [] });
    }, 120_000);
  });
});

const program = fileURLToPath(new URL('offload-program.ts', import.meta.url));
const inTime = { timeout: 30_000, interval: 50 };
const log = { info() {}, warn() {}, error() {} };
const keepAll = { keepForMs: null as number | null, keepBytes: null };

/** A way to the bucket that resets after so many bytes of a connection, or stands still after so many of all. */
async function badLine(to: URL, cutAfter: number, stallAfter = Number.POSITIVE_INFINITY) {
  let cuts = 0;
  let mended = false;
  let sent = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    let own = 0;
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    upstream.pipe(client);
    client.on('data', (piece) => {
      own += piece.length;
      sent += piece.length;
      if (sent > stallAfter) return;
      if (mended || own <= cutAfter) {
        upstream.write(piece);
        return;
      }
      cuts += 1;
      client.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    // Signed is the host as well, which the gateway takes from the request.
    endpoint: `http://127.0.0.1:${port}`,
    cuts: () => cuts,
    mend() {
      mended = true;
    },
    close: () => server.close(),
  };
}
