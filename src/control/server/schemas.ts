import { z } from 'zod';
import { requestStates } from '../../core/request.ts';

const line = z.string().min(1).max(256);
const reason = z.string().max(4_000);
const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z.string().min(1).max(1_024);
const oneOrMany = <Item extends z.ZodType>(item: Item) =>
  z.union([item.transform((value) => [value]), z.array(item).max(20)]);

export const openTunnelBody = z.strictObject({
  connection: line,
  mode: z.enum(['live', 'claimable']),
  reason: reason.optional(),
  idempotencyKey: line.optional(),
});

export const decisionBody = z.strictObject({
  kind: z.enum(['approve', 'deny', 'request_changes']),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be the digest that was shown'),
  reason: reason.optional(),
  signature: z.strictObject(
    {
      keyId: z.string().regex(/^ed25519:[0-9a-f]{32}$/),
      time: z.iso.datetime({ precision: 3 }),
      signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
    },
    'must be signed; this hoopx signs: is yours older than the gateway?',
  ),
});

export const enrolBody = z.strictObject({
  publicKey: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  proof: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
  origin: z.enum(['login', 'token']),
});

export const cancelBody = z.strictObject({ reason: reason.optional() }).default({});

export const emptyBody = z.strictObject({}).optional();

export const requestsQuery = z.strictObject({
  state: oneOrMany(z.enum(requestStates)).optional(),
  mine: z.enum(['true', 'false']).optional(),
  connection: line.optional(),
  limit,
  cursor: cursor.optional(),
});

export const auditQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  limit,
});

export const pageQuery = z.strictObject({ limit, cursor: cursor.optional() });

const ids = z.array(z.string().min(1).max(128)).max(200, 'at most 200 at a time').optional();

const time = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T12:00:00Z' });

export const erasureBody = z.strictObject({
  requests: ids,
  sessions: ids,
  before: time.optional(),
});

export const recordingsQuery = z.strictObject({
  person: line.optional(),
  connection: line.optional(),
  since: time.optional(),
  until: time.optional(),
  text: z.string().min(1).max(200).optional(),
  verdict: z.enum(['allow', 'deny', 'review', 'refused']).optional(),
  limit,
  cursor: cursor.optional(),
});

export const recordingFileQuery = z.strictObject({
  follow: z.enum(['true', 'false']).optional(),
});
