import type { Secret } from './secret.ts';

/** A bucket, and how to get at it. */
export interface BucketPlace {
  /** https, or http on loopback; without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before each key, without a slash at its end; may be empty. */
  readonly prefix: string;
  readonly accessKey: Secret;
  readonly secretKey: Secret;
}

export interface PutPart {
  readonly number: number;
  readonly etag: string;
}

/** Kept so that nobody can remove or replace it before then. */
export interface ObjectLock {
  readonly until: Date;
}

/** Objects by key, as S3 has them. Everything throws `ObjectStoreError`. */
export interface ObjectStore {
  /** Durable and whole once it resolves: the server has checked the bytes' SHA-256. */
  put(key: string, bytes: Uint8Array, lock?: ObjectLock): Promise<void>;
  /** Begins an upload in parts; its id. */
  begin(key: string): Promise<string>;
  /** Numbers are from 1. The part's ETag. */
  putPart(key: string, upload: string, number: number, bytes: Uint8Array): Promise<string>;
  finish(key: string, upload: string, parts: readonly PutPart[]): Promise<void>;
  /** Does nothing where there is no such upload. */
  abandon(key: string, upload: string): Promise<void>;
  /** In bytes; null where there is no such object. */
  size(key: string): Promise<number | null>;
  /** At most so many bytes from there. */
  read(key: string, start: number, length: number): Promise<Uint8Array>;
  /** Does nothing where there is none. */
  remove(key: string): Promise<void>;
  /** Breaks off what is under way. */
  close(): void;
  /** Throws where the bucket cannot be used. */
  assertUsable(): Promise<void>;
  /** Whether what is in it can be locked. */
  locks(): Promise<boolean>;
}

/** What an object store answered, or that it did not. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  /** S3's own, such as `NoSuchBucket`; `Unreachable` where there was no answer. */
  readonly code: string;
  /** Another try would get the same answer. */
  readonly final: boolean;

  constructor(code: string, final: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.final = final;
  }
}
