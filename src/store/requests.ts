import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { Transition } from '../approvals/lifecycle.ts';
import type { Inserted, RequestQuery, RequestStore } from '../approvals/request-store.ts';
import { recordsOfChange, recordsOfNew } from '../core/audit-request.ts';
import type { Clock } from '../core/clock.ts';
import { openStates } from '../core/open-request.ts';
import { principalKey } from '../core/principal.ts';
import type { HeldRequest } from '../core/request.ts';
import { appendRecords } from './audit.ts';
import { keyClaim, requestOf, rowOf } from './request-row.ts';
import type { Tables } from './schema.ts';
import { refusing } from './store-failure.ts';

type Connection = Kysely<Tables> | Transaction<Tables>;

const shown = ['id', 'version', 'state', 'body'] as const;

/** Each change and its audit record are one transaction: neither is stored without the other. */
export function createRequestStore(db: Kysely<Tables>, clock: Clock): RequestStore {
  return {
    insert: (request, openLimit) =>
      refusing(() => db.transaction().execute((tx) => insert(tx, request, openLimit, clock))),
    get: (id) => refusing(() => get(db, id)),
    update: (id, change) =>
      refusing(() => db.transaction().execute((tx) => update(tx, id, change, clock))),
    findOpen: (requester, digest) => refusing(() => findOpen(db, requester, digest)),
    findByKey: (requester, key) => refusing(() => findByKey(db, keyClaim(requester, key))),
    list: (query) => refusing(() => list(db, query)),
    due: (now, limit) => refusing(() => due(db, now, limit)),
  };
}

async function insert(
  tx: Transaction<Tables>,
  request: HeldRequest,
  openLimit: number,
  clock: Clock,
): Promise<Inserted> {
  const row = rowOf(request);
  const { open } = await tx
    .selectFrom('requests')
    .select(({ fn }) => fn.countAll().as('open'))
    .where('requester', '=', row.requester)
    .where('state', 'in', openStates)
    .executeTakeFirstOrThrow();
  if (Number(open) >= openLimit) return 'too_many_open';
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('requests')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return 'duplicate';
  await appendRecords(tx, recordsOfNew(request), clock());
  return 'inserted';
}

async function get(connection: Connection, id: string): Promise<HeldRequest | null> {
  const row = await connection
    .selectFrom('requests')
    .select(shown)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? null : requestOf(row);
}

async function update(
  tx: Transaction<Tables>,
  id: string,
  change: (current: HeldRequest) => Transition,
  clock: Clock,
): Promise<Transition | null> {
  const current = await get(tx, id);
  if (current === null) return null;
  // Read before the change reads its own, so that no record is later than what it tells of.
  const now = clock();
  const result = change(current);
  if (result.kind === 'rejected') return result;
  const { request } = result;
  if (await keyIsTaken(tx, current, request)) {
    const message = 'its idempotency key names another request by now';
    return { kind: 'rejected', code: 'KEY_TAKEN', message, request: current };
  }
  const { numUpdatedRows } = await tx
    .updateTable('requests')
    .set(rowOf(request))
    .where('id', '=', id)
    .where('version', '=', current.version)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) throw new Error(`request ${id} changed while it was being changed`);
  if (request.state === 'running') {
    const consumption = { request_id: id, version: request.version };
    await tx.insertInto('consumptions').values(consumption).execute();
  }
  await appendRecords(tx, recordsOfChange(current, request), now);
  return result;
}

/** It may have been free when the change was asked for. */
async function keyIsTaken(
  tx: Transaction<Tables>,
  before: HeldRequest,
  { id, principal, idempotencyKey }: HeldRequest,
): Promise<boolean> {
  if (idempotencyKey === null || idempotencyKey === before.idempotencyKey) return false;
  const holder = await findByKey(tx, keyClaim(principalKey(principal), idempotencyKey));
  return holder !== null && holder.id !== id;
}

async function findOpen(db: Connection, requester: string, digest: string) {
  const rows = await db
    .selectFrom('requests')
    .select(shown)
    .where('requester', '=', requester)
    .where('digest', '=', digest)
    .where('mode', '=', 'claimable')
    .where('state', 'in', openStates)
    .orderBy((eb) => eb.case().when('state', '=', 'pending').then(1).else(0).end())
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(requestOf);
}

async function findByKey(db: Connection, claim: string): Promise<HeldRequest | null> {
  const row = await db
    .selectFrom('requests')
    .select(shown)
    .where('key_claim', '=', claim)
    .executeTakeFirst();
  return row === undefined ? null : requestOf(row);
}

async function list(db: Connection, query: RequestQuery): Promise<readonly HeldRequest[]> {
  const { states, connection, requester, after, limit } = query;
  let select = db.selectFrom('requests').select(shown);
  if (states !== undefined) select = select.where('state', 'in', states);
  if (connection !== undefined) select = select.where('connection', '=', connection);
  if (requester !== undefined) select = select.where('requester', '=', requester);
  if (after !== undefined) {
    select = select.where((eb: ExpressionBuilder<Tables, 'requests'>) =>
      eb.or([
        eb('created_at', '<', after.createdAt),
        eb.and([eb('created_at', '=', after.createdAt), eb('id', '<', after.id)]),
      ]),
    );
  }
  const rows = await select
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(requestOf);
}

async function due(db: Connection, now: number, limit: number): Promise<readonly HeldRequest[]> {
  const rows = await db
    .selectFrom('requests')
    .select(shown)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(requestOf);
}
