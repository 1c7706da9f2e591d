import { type Kysely, sql, type Transaction } from 'kysely';
import type { RequestPosition } from '../approvals/request-store.ts';
import type { AuditPrincipal } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import {
  type ContentErasure,
  type Erasure,
  type ErasureAsk,
  type RequestTrace,
  withoutContent,
} from '../core/content-erasure.ts';
import { openStates } from '../core/open-request.ts';
import type { HeldRequest } from '../core/request.ts';
import { appendRecords } from './audit.ts';
import { requestOf } from './request-row.ts';
import type { Tables } from './schema.ts';
import { scrub } from './scrubbing.ts';
import { refusing, unavailable } from './store-failure.ts';

export function createContentErasure(db: Kysely<Tables>, clock: Clock): ContentErasure {
  return {
    erase: (ask, by) =>
      refusing(() =>
        ask.kind === 'before'
          ? eraseBefore(db, ask.before, by, clock)
          : db.transaction().execute((tx) => eraseNamed(tx, ask, by, clock())),
      ),
    forgetSession: (session) =>
      refusing(async () => {
        await db.deleteFrom('audit_salts').where('session_id', '=', session).execute();
      }),
    async purge() {
      await refusing(() => scrub(db));
      const checkpoint = sql<{ busy: number }>`pragma wal_checkpoint(truncate)`;
      const { rows } = await refusing(() => checkpoint.execute(db));
      if (rows[0]?.busy !== 0) throw unavailable('another program reads it');
    },
  };
}

type Named = Extract<ErasureAsk, { kind: 'named' }>;

async function eraseNamed(
  tx: Transaction<Tables>,
  { requests, sessions }: Named,
  by: AuditPrincipal,
  now: number,
): Promise<Erasure> {
  const found: HeldRequest[] = [];
  for (const id of new Set(requests)) {
    const row = await tx
      .selectFrom('requests')
      .select(shown)
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return { kind: 'refused', id, because: 'unknown' };
    const request = requestOf(row);
    if (request.endedAt === null) return { kind: 'refused', id, because: 'open' };
    found.push(request);
  }
  const erased = await eraseEach(tx, found, now);
  if (erased.length > 0 || sessions.length > 0) {
    const record = { type: 'content_erased', principal: by, requests: erased, sessions } as const;
    await appendRecords(tx, [{ ...record, before: null }], now);
  }
  return { kind: 'erased', requests: erased, traces: found.map(traceOf) };
}

const shown = ['id', 'version', 'state', 'body'] as const;
const batch = 200;

/** In steps, so that others get at the store between them. */
async function eraseBefore(
  db: Kysely<Tables>,
  before: number,
  by: AuditPrincipal,
  clock: Clock,
): Promise<Erasure> {
  const requests: string[] = [];
  const traces: RequestTrace[] = [];
  let after: RequestPosition | null = null;
  for (;;) {
    const step: Step = await db
      .transaction()
      .execute((tx) => eraseStep(tx, { before, after, by, now: clock() }));
    requests.push(...step.erased.map(({ id }) => id));
    traces.push(...step.erased.map(traceOf));
    after = step.after;
    if (after === null) return { kind: 'erased', requests, traces };
  }
}

interface Step {
  readonly erased: readonly HeldRequest[];
  /** Where to go on; null at the end. */
  readonly after: RequestPosition | null;
}

async function eraseStep(
  tx: Transaction<Tables>,
  ask: {
    readonly before: number;
    readonly after: RequestPosition | null;
    readonly by: AuditPrincipal;
    readonly now: number;
  },
): Promise<Step> {
  const { before, after, by, now } = ask;
  let select = tx
    .selectFrom('requests')
    .select([...shown, 'created_at'])
    .where('created_at', '<', before)
    .where('state', 'not in', [...openStates, 'running'])
    // As `eraseEach` leaves it.
    .where('digest', '!=', '');
  if (after !== null) {
    const { createdAt, id } = after;
    select = select.where((eb) =>
      eb.or([
        eb('created_at', '>', createdAt),
        eb.and([eb('created_at', '=', createdAt), eb('id', '>', id)]),
      ]),
    );
  }
  const rows = await select.orderBy('created_at').orderBy('id').limit(batch).execute();
  const ended = rows.map(requestOf).filter(({ endedAt }) => (endedAt ?? now) < before);
  const requests = await eraseEach(tx, ended, now);
  if (requests.length > 0) {
    const record = { type: 'content_erased', principal: by, requests, sessions: [] } as const;
    await appendRecords(tx, [{ ...record, before: new Date(before).toISOString() }], now);
  }
  const last = rows.length < batch ? undefined : rows.at(-1);
  return {
    erased: ended,
    after: last === undefined ? null : { createdAt: last.created_at, id: last.id },
  };
}

/** Returns those whose content was there. An idempotency key's claim stays: it names it for good. */
async function eraseEach(
  tx: Transaction<Tables>,
  requests: readonly HeldRequest[],
  now: number,
): Promise<readonly string[]> {
  const whole = requests.filter(({ erasedAt }) => erasedAt === undefined);
  for (const request of whole) {
    const left = withoutContent(request, now);
    await tx
      .updateTable('requests')
      .set({ version: left.version, digest: left.digest, body: JSON.stringify(left) })
      .where('id', '=', request.id)
      .execute();
  }
  return whole.map(({ id }) => id);
}

/** Without its content, which would all be in memory at once. */
function traceOf(request: HeldRequest): RequestTrace {
  const { sessionId, mode, principal, connection, createdAt, endedAt } = request;
  return { sessionId, mode, principal, connection, createdAt, endedAt };
}
