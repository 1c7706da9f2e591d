import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BucketPlace } from '../../src/core/object-store.ts';
import { Secret } from '../../src/core/secret.ts';
import { bucketAt, type ObjectStorePeer, startObjectStore } from './object-store.ts';
import { describeWith } from './require-peer.ts';

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

    test('says why it is refused: a wrong key, another key, no bucket, nobody there', async () => {
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
});
