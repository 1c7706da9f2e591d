import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { parse } from 'pg-protocol';
import { describe, expect, test } from 'vitest';
import {
  encodeAuthenticationOk,
  encodeAuthenticationSasl,
} from '../../../../src/protocols/postgres/wire/backend/authentication.ts';
import { encodeBackendKeyData } from '../../../../src/protocols/postgres/wire/backend/backend-key-data.ts';
import { encodeBodilessReply } from '../../../../src/protocols/postgres/wire/backend/bodiless.ts';
import {
  encodeCommandComplete,
  rowCountOfTag,
} from '../../../../src/protocols/postgres/wire/backend/command-complete.ts';
import { encodeCopyResponse } from '../../../../src/protocols/postgres/wire/backend/copy-response.ts';
import { encodeDataRow } from '../../../../src/protocols/postgres/wire/backend/data-row.ts';
import { encodeFunctionCallResponse } from '../../../../src/protocols/postgres/wire/backend/function-call-response.ts';
import { encodeNegotiateProtocolVersion } from '../../../../src/protocols/postgres/wire/backend/negotiate-protocol-version.ts';
import { encodeNotificationResponse } from '../../../../src/protocols/postgres/wire/backend/notification-response.ts';
import { encodeParameterDescription } from '../../../../src/protocols/postgres/wire/backend/parameter-description.ts';
import { encodeParameterStatus } from '../../../../src/protocols/postgres/wire/backend/parameter-status.ts';
import { encodeReadyForQuery } from '../../../../src/protocols/postgres/wire/backend/ready-for-query.ts';
import {
  encodeErrorResponse,
  encodeNoticeResponse,
} from '../../../../src/protocols/postgres/wire/backend/report.ts';
import { encodeRowDescription } from '../../../../src/protocols/postgres/wire/backend/row-description.ts';
import { decodeBackend } from '../../../../src/protocols/postgres/wire/decode-backend.ts';
import { text } from './splits.ts';

/** What pg-protocol makes of the same bytes. */
async function oracle(raw: Buffer): Promise<Record<string, unknown>> {
  const stream = new PassThrough();
  const found: Record<string, unknown>[] = [];
  const done = parse(stream, (message) => found.push({ ...message }));
  stream.end(raw);
  await done;
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

const fields = fc.record({
  severity: text,
  severityInvariant: text,
  code: text,
  message: text,
  detail: text,
  hint: text,
  where: text,
});

describe('backend messages agree with pg-protocol', () => {
  test('ErrorResponse and NoticeResponse', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (sent) => {
        const raw = encodeErrorResponse(sent);
        expect(decodeBackend(raw)).toEqual({ kind: 'errorResponse', raw, fields: sent });
        const { code, detail, hint, where, severity } = sent;
        expect(await oracle(raw)).toMatchObject({ code, detail, hint, where, severity });
        const notice = encodeNoticeResponse(sent);
        expect(decodeBackend(notice)).toMatchObject({ kind: 'noticeResponse', fields: sent });
      }),
    );
  });

  test('DataRow', async () => {
    const value = fc.option(text, { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 8 }), async (row) => {
        const values = row.map((cell) => (cell === null ? null : Buffer.from(cell)));
        const raw = encodeDataRow(values);
        expect(decodeBackend(raw)).toEqual({ kind: 'dataRow', raw, values });
        expect(await oracle(raw)).toMatchObject({ fields: row });
      }),
    );
  });

  test('RowDescription', async () => {
    const column = fc.record({
      name: text,
      tableOid: fc.integer({ min: 0, max: 0x7fffffff }),
      columnNumber: fc.integer({ min: 0, max: 1600 }),
      typeOid: fc.integer({ min: 0, max: 0x7fffffff }),
      typeSize: fc.integer({ min: -2, max: 300 }),
      typeModifier: fc.integer({ min: -1, max: 1000 }),
      format: fc.constantFrom(0 as const, 1 as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(column, { maxLength: 5 }), async (columns) => {
        const raw = encodeRowDescription(columns);
        expect(decodeBackend(raw)).toEqual({ kind: 'rowDescription', raw, columns });
        expect(await oracle(raw)).toMatchObject({
          fields: columns.map((one) => ({
            name: one.name,
            tableID: one.tableOid,
            columnID: one.columnNumber,
            dataTypeID: one.typeOid,
            dataTypeSize: one.typeSize,
            dataTypeModifier: one.typeModifier,
            format: one.format === 0 ? 'text' : 'binary',
          })),
        });
      }),
    );
  });

  test('the small ones', async () => {
    const cases: [Buffer, object, object][] = [
      [
        encodeAuthenticationOk(),
        { kind: 'authentication', method: 'ok' },
        { name: 'authenticationOk' },
      ],
      [
        encodeAuthenticationSasl(['A', 'B']),
        { method: 'sasl', mechanisms: ['A', 'B'] },
        { mechanisms: ['A', 'B'] },
      ],
      [
        encodeBackendKeyData({ pid: 7, secret: Buffer.from([0, 0, 0, 9]) }),
        { pid: 7, secret: Buffer.from([0, 0, 0, 9]) },
        { processID: 7, secretKey: 9 },
      ],
      [
        encodeParameterStatus('TimeZone', 'UTC'),
        { name: 'TimeZone', value: 'UTC' },
        { parameterName: 'TimeZone', parameterValue: 'UTC' },
      ],
      [encodeReadyForQuery('idle'), { status: 'idle' }, { status: 'I' }],
      [encodeReadyForQuery('open'), { status: 'open' }, { status: 'T' }],
      [encodeReadyForQuery('failed'), { status: 'failed' }, { status: 'E' }],
      [encodeCommandComplete('SELECT 3'), { tag: 'SELECT 3' }, { text: 'SELECT 3' }],
      [encodeParameterDescription([23, 25]), { typeOids: [23, 25] }, { dataTypeIDs: [23, 25] }],
      [
        encodeNotificationResponse(4, 'c', 'p'),
        { pid: 4, channel: 'c', payload: 'p' },
        { processId: 4, channel: 'c', payload: 'p' },
      ],
      [
        encodeCopyResponse({ kind: 'copyInResponse', format: 0, columnFormats: [0, 1] }),
        { kind: 'copyInResponse', columnFormats: [0, 1] },
        { name: 'copyInResponse', columnTypes: [0, 1] },
      ],
      [
        encodeCopyResponse({ kind: 'copyOutResponse', format: 1, columnFormats: [] }),
        { kind: 'copyOutResponse', format: 1 },
        { binary: true },
      ],
      [encodeBodilessReply('parseComplete'), { kind: 'parseComplete' }, { name: 'parseComplete' }],
      [encodeBodilessReply('bindComplete'), { kind: 'bindComplete' }, { name: 'bindComplete' }],
      [encodeBodilessReply('closeComplete'), { kind: 'closeComplete' }, { name: 'closeComplete' }],
      [encodeBodilessReply('noData'), { kind: 'noData' }, { name: 'noData' }],
      [
        encodeBodilessReply('portalSuspended'),
        { kind: 'portalSuspended' },
        { name: 'portalSuspended' },
      ],
      [
        encodeBodilessReply('emptyQueryResponse'),
        { kind: 'emptyQueryResponse' },
        { name: 'emptyQuery' },
      ],
      [encodeBodilessReply('copyDone'), { kind: 'copyDone' }, { name: 'copyDone' }],
    ];
    for (const [raw, ours, theirs] of cases) {
      expect(decodeBackend(raw)).toMatchObject({ raw, ...ours });
      expect(await oracle(raw)).toMatchObject(theirs);
    }
  });

  test('what pg-protocol does not know comes back as it was', () => {
    const value = Buffer.from('x');
    expect(decodeBackend(encodeFunctionCallResponse(value))).toMatchObject({ value });
    expect(decodeBackend(encodeFunctionCallResponse(null))).toMatchObject({ value: null });
    expect(decodeBackend(encodeNegotiateProtocolVersion(196608, ['_pq_.x']))).toMatchObject({
      version: 196608,
      unrecognised: ['_pq_.x'],
    });
  });
});

test('row counts are read from the tags that have one', () => {
  const tags: [string, number | null][] = [
    ['INSERT 0 12', 12],
    ['DELETE 3', 3],
    ['SELECT 0', 0],
    ['COPY 1000000', 1000000],
    ['BEGIN', null],
    ['CREATE TABLE', null],
  ];
  for (const [tag, count] of tags) expect(rowCountOfTag(tag)).toBe(count);
});
