import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExportFormat, exported } from '../../src/audit/export.ts';
import { readRecord } from '../../src/audit/read-records.ts';
import type { AuditRecord } from '../../src/core/audit-record.ts';
import { type LivedLog, livedLog, removalOf } from './lived-log.ts';

let log: LivedLog;
beforeAll(async () => {
  log = await livedLog();
}, 120_000);
afterAll(() => log[Symbol.asyncDispose]());

interface Shape {
  readonly required: readonly string[];
  readonly oneOf?: readonly string[];
  readonly optional: readonly string[];
}

/** Of the schema's events/base_event.json at 1.3.0, as far as it concerns what is written here. */
const base: Shape = {
  required: [
    ...['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'],
  ],
  optional: ['activity_name', 'status_id', 'status_detail', 'unmapped'],
};
/** events/application/api_activity.json and events/iam/authentication.json. */
const classes: Readonly<Record<number, Shape>> = {
  6003: { required: ['actor', 'api', 'src_endpoint'], optional: ['dst_endpoint'] },
  3002: { required: ['user'], oneOf: ['service', 'dst_endpoint'], optional: ['actor', 'session'] },
};
/** Below objects/, each under the names by which events have it. */
const endpoint: Shape = { required: [], oneOf: ['name', 'ip', 'uid', 'svc_name'], optional: [] };
const objects: Readonly<Record<string, Shape>> = {
  actor: { required: [], oneOf: ['user', 'session', 'app_name'], optional: ['process'] },
  user: { required: [], oneOf: ['account', 'name', 'uid'], optional: ['type_id'] },
  session: { required: [], optional: ['uid'] },
  api: { required: ['operation'], optional: ['request'] },
  request: { required: ['uid'], optional: [] },
  service: { required: [], oneOf: ['name', 'uid'], optional: ['version'] },
  metadata: { required: ['product', 'version'], optional: ['uid'] },
  product: { required: ['vendor_name'], oneOf: ['name', 'uid'], optional: ['version'] },
  src_endpoint: endpoint,
  dst_endpoint: endpoint,
};

function check(value: object, { required, oneOf = [], optional }: Shape): void {
  const names = Object.keys(value);
  expect(names).toEqual(expect.arrayContaining([...required]));
  expect([...required, ...oneOf, ...optional]).toEqual(expect.arrayContaining(names));
  if (oneOf.length > 0) expect(names.some((name) => oneOf.includes(name))).toBe(true);
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'unmapped' || typeof inner !== 'object' || inner === null) continue;
    const shape = objects[name];
    if (shape === undefined) throw new Error(`${name} is no object of these`);
    check(inner, shape);
  }
}

const records = (): readonly AuditRecord[] =>
  log.lines.flatMap((line) => readRecord(line).record ?? []);
const as = (format: Exclude<ExportFormat, 'jsonl'>, record: AuditRecord) =>
  exported(record, format, '1.2.3');

describe('OCSF', () => {
  it('has for every record what its schema wants, and nothing that it does not know', () => {
    const types = new Set(records().map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining(['gateway_started', 'login_seen', 'operation_refused', 'intent']),
    );
    for (const record of records()) {
      const event = JSON.parse(as('ocsf', record));
      const own = classes[event.class_uid];
      if (own === undefined) throw new Error(`no class ${event.class_uid}`);
      check(event, {
        required: [...base.required, ...own.required],
        oneOf: own.oneOf ?? [],
        optional: [...base.optional, ...own.optional],
      });
      expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
      expect(event.category_uid).toBe(Math.floor(event.class_uid / 1000));
      expect(event.unmapped).toEqual(record);
    }
  });

  it('tells what was refused, failed, or is not known from what went well', () => {
    const outcome = records().find(({ type }) => type === 'outcome');
    if (outcome?.type !== 'outcome') throw new Error('nothing ran');
    const status = (record: AuditRecord) => JSON.parse(as('ocsf', record)).status_id;
    expect(status({ ...outcome, state: 'succeeded' })).toBe(1);
    expect(status({ ...outcome, state: 'failed' })).toBe(2);
    expect(status({ ...outcome, state: 'unknown' })).toBe(0);
    const closed = records().find(({ type }) => type === 'recording_closed');
    if (closed?.type !== 'recording_closed') throw new Error('nothing was recorded');
    expect(status({ ...closed, state: 'complete' })).toBe(1);
    expect(status({ ...closed, state: 'broken_off' })).toBe(2);
    expect(status({ ...closed, state: 'never_opened' })).toBe(2);
    expect(status({ ...closed, state: 'recovered' })).toBe(0);
    for (const record of records()) {
      if (record.type === 'operation_refused') expect(status(record)).toBe(2);
      if (record.type === 'session_began') expect(status(record)).toBe(1);
    }
  });
});

it('names the session of a recording, and what became of that', () => {
  const closed = records().find(({ type }) => type === 'recording_closed');
  if (closed?.type !== 'recording_closed') throw new Error('nothing was recorded');
  const { session } = closed;
  const removed = removalOf(closed, 'size');
  expect(as('cef', { ...closed, state: 'recovered' })).toContain(`|6|`);
  expect(as('cef', closed)).toMatch(new RegExp(`\\|2\\|.* outcome=complete .*cs2=${session}`));
  expect(as('cef', removed)).toMatch(new RegExp(`\\|4\\|.* outcome=size .*cs2=${session}`));
  expect(JSON.parse(as('ocsf', removed))).toMatchObject({
    ...{ status_id: 1, status_detail: 'size', api: { operation: 'recording_removed' } },
    actor: { session: { uid: session } },
  });
});

it('names who was refused, and on what, in each form', () => {
  const refused = records().filter(({ type }) => type === 'operation_refused');
  expect(refused).not.toHaveLength(0);
  for (const record of refused) {
    expect(record).toMatchObject({
      connection: 'pg-test',
      principal: { name: 'engineer@demo.invalid' },
    });
    expect(JSON.parse(as('ocsf', record))).toMatchObject({
      actor: { user: { name: 'engineer@demo.invalid' } },
      dst_endpoint: { name: 'pg-test' },
    });
    expect(as('cef', record)).toMatch(
      / suser=engineer@demo\.invalid suid=\S+ .*cs3=pg-test cs3Label=target/,
    );
  }
});
