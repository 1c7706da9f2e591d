import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Mask } from '../../../../src/core/masking.ts';
import { maskReport } from '../../../../src/protocols/postgres/masking/report-mask.ts';
import { maskRow, type RowMask } from '../../../../src/protocols/postgres/masking/row-mask.ts';
import { valueMask } from '../../../../src/protocols/postgres/masking/value-mask.ts';
import {
  decodeDataRow,
  encodeDataRow,
} from '../../../../src/protocols/postgres/wire/backend/data-row.ts';
import {
  decodeErrorResponse,
  encodeErrorResponse,
} from '../../../../src/protocols/postgres/wire/backend/report.ts';
import { WireError } from '../../../../src/protocols/postgres/wire/wire-error.ts';

const secret = 'zq7-secret';
const redact: Mask = { strategy: 'redact', apply: () => '[masked]' };
const none: ReadonlySet<number> = new Set();
const values = fc.array(
  fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.string().map((text) => Buffer.from(`${text}${secret}${text}`)),
    ),
  ),
  { maxLength: 12 },
);

describe('maskRow', () => {
  test('refuses a row that is not of the described columns, or is cut', () => {
    const row = encodeDataRow([Buffer.from('a'), null]);
    expect(() => maskRow(row, [null])).toThrow(WireError);
    expect(() => maskRow(row.subarray(0, row.length - 2), [null, null])).toThrow(WireError);
    expect(() => maskRow(Buffer.concat([row, Buffer.from('x')]), [null, null])).toThrow(WireError);
  });

  test('leaves a row without changes as the very same bytes', () => {
    fc.assert(
      fc.property(values, (list) => {
        const raw = encodeDataRow(list);
        expect(
          maskRow(
            raw,
            list.map(() => null),
          ),
        ).toBe(raw);
        expect(
          maskRow(
            raw,
            list.map(() => (value: Buffer) => value),
          ),
        ).toBe(raw);
      }),
    );
  });

  test('changes masked values alone, whatever they are, and NULL stays NULL', () => {
    fc.assert(
      fc.property(values, fc.array(fc.boolean(), { maxLength: 12 }), (list, which) => {
        const masks: RowMask = list.map((_, index) => {
          return which[index] === true ? valueMask(redact, { typeOid: 25, format: 0 }, none) : null;
        });
        const masked = decodeDataRow(maskRow(encodeDataRow(list), masks)).values;
        list.forEach((value, index) => {
          const expected =
            value !== null && masks[index] !== null ? Buffer.from('[masked]') : value;
          expect(masked[index]).toEqual(expected);
        });
      }),
    );
  });

  test('no planted value of any type and format comes through a mask', () => {
    const types = fc.constantFrom(
      16,
      17,
      23,
      25,
      114,
      142,
      1007,
      1009,
      1043,
      1082,
      2249,
      2950,
      3802,
    );
    fc.assert(
      fc.property(types, fc.constantFrom<0 | 1>(0, 1), fc.string(), (typeOid, format, text) => {
        const mask = valueMask(redact, { typeOid, format }, none);
        const raw = encodeDataRow([Buffer.from(`${text}${secret}`)]);
        expect(maskRow(raw, [mask]).includes(secret)).toBe(false);
      }),
    );
  });
});

describe('maskReport', () => {
  const told = (fields: Parameters<typeof encodeErrorResponse>[0]) =>
    decodeErrorResponse(maskReport(encodeErrorResponse(fields), 'yes', null)).fields;
  const head = { severity: 'ERROR', severityInvariant: 'ERROR' };

  test('drops what quotes rows, and keeps what names objects', () => {
    expect(
      told({
        ...{ ...head, code: '23505', constraint: 'customers_email_key' },
        message: 'duplicate key value violates unique constraint "customers_email_key"',
        detail: `Key (email)=(${secret}) already exists.`,
      }),
    ).toEqual({
      ...{ ...head, code: '23505', constraint: 'customers_email_key' },
      message: 'duplicate key value violates unique constraint "customers_email_key"',
    });
  });

  test('cuts a message at its first quote, in any language, also inside the value', () => {
    for (const message of [
      `invalid input syntax for type integer: "a" ${secret}"`,
      `syntaxe en entrée invalide pour le type integer : « ${secret} »`,
      `ungültige Eingabesyntax für Typ integer: »${secret}«`,
    ]) {
      expect(told({ ...head, code: '22P02', message }).message).not.toContain(secret);
    }
  });

  test('no field of an error that code raised comes through', () => {
    const fields = [
      'detail',
      'hint',
      'where',
      'internalQuery',
      'column',
      'table',
      'message',
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom('P0001', '23505', '42601', '22012', 'XX000'),
        fc.subarray([...fields]),
        (code, some) => {
          const said = { ...head, code, where: 'PL/pgSQL function f()', message: secret };
          const all = { ...said, ...Object.fromEntries(some.map((field) => [field, secret])) };
          for (const told of ['yes', 'code'] as const) {
            const raw = maskReport(encodeErrorResponse(all), told, null);
            expect(raw.includes(secret)).toBe(false);
          }
        },
      ),
    );
  });
});
