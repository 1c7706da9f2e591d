import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DetectorName,
  detectorNames,
  type Mask,
  type MaskStrategy,
  maskStrategies,
} from '../../../../src/core/masking.ts';
import { createMask } from '../../../../src/masking/strategies.ts';
import { maskReport } from '../../../../src/protocols/postgres/masking/report-mask.ts';
import { maskRows, type RowMask } from '../../../../src/protocols/postgres/masking/row-mask.ts';
import {
  detecting,
  type ValueMask,
  valueMask,
} from '../../../../src/protocols/postgres/masking/value-mask.ts';
import {
  decodeDataRow,
  encodeDataRow,
} from '../../../../src/protocols/postgres/wire/backend/data-row.ts';
import {
  decodeErrorResponse,
  encodeErrorResponse,
} from '../../../../src/protocols/postgres/wire/backend/report.ts';
import { BackendScanner } from '../../../../src/protocols/postgres/wire/backend-scanner.ts';
import { encodeMessage } from '../../../../src/protocols/postgres/wire/encode.ts';
import { WireError } from '../../../../src/protocols/postgres/wire/wire-error.ts';
import { mixture } from '../../../masking/mixture.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { bytes, sizes, splitAt } from '../wire/splits.ts';

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

/** What goes on of these bytes, as they come, with every row in them masked. */
function relayed(pieces: readonly Buffer[], masks: RowMask): Buffer[] {
  const scanner = new BackendScanner({ maxBufferedBytes: 1 << 20 }, (type) => type === 0x44);
  return pieces.map((piece) => {
    scanner.feed(piece);
    while (scanner.next()) maskRows(scanner, masks);
    return scanner.passed();
  });
}

const masked = (raw: Buffer, masks: RowMask) => Buffer.concat(relayed([raw], masks));
const noMask: ValueMask = { value: (value) => value };

describe('maskRows', () => {
  test('refuses a row that is not of the described columns, or is cut', () => {
    const row = encodeDataRow([Buffer.from('a'), null]);
    const ofLength = (bytes: Buffer) => {
      bytes.writeInt32BE(bytes.length - 1, 1);
      return bytes;
    };
    const cut = ofLength(Buffer.from(row.subarray(0, row.length - 2)));
    const long = ofLength(Buffer.concat([row, Buffer.from('x')]));
    expect(() => masked(row, [null])).toThrow(WireError);
    expect(() => masked(cut, [null, null])).toThrow(WireError);
    expect(() => masked(long, [null, null])).toThrow(WireError);
  });

  test('masks every row of a stream alike, wherever it is cut and whatever stands between', () => {
    const row = fc.tuple(
      values.map((list) => [...list, Buffer.from(secret)].slice(-2)),
      bytes(30),
    );
    const columns: readonly [Mask, boolean][] = maskStrategies.flatMap((strategy) => [
      [createMask(strategy, 'k'), false],
      [createMask(strategy, 'k'), true],
    ]);
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom(...columns), sizes, (rows, column, cuts) => {
        const [mask, both] = column;
        const own = valueMask(mask, { typeOid: 25, format: 0 }, none);
        const pairs = rows.map(([list, notice]): [(Buffer | null)[], Buffer] => [
          list.length === 1 ? [null, ...list] : [...list],
          notice,
        ]);
        const whole = pairs.map(([list, notice]) =>
          Buffer.concat([encodeDataRow(list), encodeMessage(0x4e, notice)]),
        );
        const expected = pairs.map(([list, notice]) => {
          const kept = list.map((value, index) =>
            value !== null && (both || index === 1) ? own.value(value) : value,
          );
          return Buffer.concat([encodeDataRow(kept), encodeMessage(0x4e, notice)]);
        });
        const pieces = splitAt(Buffer.concat(whole), cuts);
        const passed = Buffer.concat(relayed(pieces, [both ? own : null, own]));
        expect(passed).toEqual(Buffer.concat(expected));
      }),
    );
  });

  test('leaves a row without changes as the very same bytes', () => {
    fc.assert(
      fc.property(values, (list) => {
        const raw = encodeDataRow(list);
        const plain = list.map(() => null);
        expect(relayed([raw], plain)[0]).toBe(raw);
        expect(
          relayed(
            [raw],
            plain.map(() => noMask),
          )[0],
        ).toBe(raw);
      }),
    );
  });

  test('changes masked values alone, whatever they are, and NULL stays NULL unless it is masked', () => {
    const all = fc.constantFrom<Mask>(redact, { ...redact, masksNull: true });
    fc.assert(
      fc.property(values, fc.array(fc.boolean(), { maxLength: 12 }), all, (list, which, mask) => {
        const masks: RowMask = list.map((_, index) => {
          return which[index] === true ? valueMask(mask, { typeOid: 25, format: 0 }, none) : null;
        });
        const { values } = decodeDataRow(masked(encodeDataRow(list), masks));
        list.forEach((value, index) => {
          const expected =
            (value !== null || mask.masksNull) && masks[index] !== null
              ? Buffer.from('[masked]')
              : value;
          expect(values[index]).toEqual(expected);
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
        expect(masked(raw, [mask]).includes(secret)).toBe(false);
      }),
    );
  });
});

describe('rows in which detectors look', () => {
  const masks = (detectors: readonly DetectorName[], strategy: MaskStrategy) => {
    const text = maskingOf([ruleWith({ detectors, strategy })])?.text;
    if (text === null || text === undefined) throw new Error('nothing is masked');
    return [25, 1009, 23, 114].map((typeOid) => detecting(text, { typeOid, format: 0 }, none));
  };
  const configured = (['redact', 'partial', 'null', 'hash'] as const).flatMap((strategy) => [
    masks(['email'], strategy),
    masks([...detectorNames], strategy),
  ]);
  const row = fc.tuple(...[0, 1, 2, 3].map(() => fc.option(mixture)));

  test('show each value as it is masked by itself, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom(...configured), sizes, (rows, columns, cuts) => {
        const raw = rows.map((list) => encodeDataRow(list));
        const expected = rows.map((list) =>
          encodeDataRow(
            list.map((value, index) => (value && (columns[index]?.value(value) ?? null)) ?? null),
          ),
        );
        const pieces = splitAt(Buffer.concat(raw), cuts);
        expect(Buffer.concat(relayed(pieces, columns))).toEqual(Buffer.concat(expected));
      }),
    );
  });

  test('are looked through again when the same buffer brings others', () => {
    const columns = masks(['email'], 'redact').slice(0, 1);
    const rows = ['nothing to be found', 'zq7ann@example.com '].map((text) =>
      encodeDataRow([Buffer.from(text)]),
    );
    const chunk = Buffer.alloc(rows[0]?.length ?? 0);
    const scanner = new BackendScanner({ maxBufferedBytes: 1 << 20 }, () => true);
    const passed = rows.map((bytes) => {
      bytes.copy(chunk);
      scanner.feed(chunk);
      while (scanner.next()) maskRows(scanner, columns);
      return scanner.passed().toString();
    });
    expect(passed[0]).toContain('nothing to be found');
    expect(passed[1]).toContain('[masked] ');
    expect(passed[1]).not.toContain('zq7ann');
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
