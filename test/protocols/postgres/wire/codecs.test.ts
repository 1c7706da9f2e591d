import fc from 'fast-check';
import { serialize } from 'pg-protocol';
import { describe, expect, test } from 'vitest';
import { decodeBackend } from '../../../../src/protocols/postgres/wire/decode-backend.ts';
import { decodeFrontend as decodeSpan } from '../../../../src/protocols/postgres/wire/decode-frontend.ts';
import { decodeStartup } from '../../../../src/protocols/postgres/wire/decode-startup.ts';
import { cString, encodeMessage } from '../../../../src/protocols/postgres/wire/encode.ts';
import { encodeBind } from '../../../../src/protocols/postgres/wire/frontend/bind.ts';
import { encodeFunctionCall } from '../../../../src/protocols/postgres/wire/frontend/function-call.ts';
import { encodeParse } from '../../../../src/protocols/postgres/wire/frontend/parse.ts';
import { encodeQuery } from '../../../../src/protocols/postgres/wire/frontend/query.ts';
import { frontendType } from '../../../../src/protocols/postgres/wire/frontend-types.ts';
import { viewOf } from '../../../../src/protocols/postgres/wire/span.ts';
import { encodeCancelRequest } from '../../../../src/protocols/postgres/wire/startup/cancel-request.ts';
import { encodeStartupMessage } from '../../../../src/protocols/postgres/wire/startup/startup-message.ts';
import { WireError } from '../../../../src/protocols/postgres/wire/wire-error.ts';
import { bytes, name, text } from './splits.ts';

/** As in the middle of a chunk: what lies around a message is no part of it. */
function decodeFrontend(raw: Buffer) {
  const bytes = Buffer.concat([Buffer.from('\0S'), raw, Buffer.from('\0x')]);
  const { raw: span, ...message } = decodeSpan({ bytes, start: 2, end: 2 + raw.length });
  return { ...message, raw: viewOf(span) };
}

const code = (wanted: string) => expect.objectContaining({ name: 'WireError', code: wanted });
const value = fc.option(bytes(20), { nil: null });
const formats = fc.constantFrom<readonly (0 | 1)[]>([], [0], [1]);
const oid = fc.integer({ min: 0, max: 0xffffffff });

describe('what is refused', () => {
  test('SQL that is not UTF-8', () => {
    const raw = encodeMessage(frontendType.query, Buffer.from([0x53, 0xff, 0xfe, 0]));
    expect(() => decodeFrontend(raw)).toThrow(code('BAD_UTF8'));
  });

  test('bytes behind the terminating NUL of a query', () => {
    const raw = encodeMessage(frontendType.query, Buffer.from('SELECT 1\0DROP TABLE t\0'));
    expect(() => decodeFrontend(raw)).toThrow(code('TRAILING_BYTES'));
  });

  test('a string without its NUL', () => {
    const raw = encodeMessage(frontendType.query, Buffer.from('SELECT 1'));
    expect(() => decodeFrontend(raw)).toThrow(code('BAD_STRING'));
  });

  test('statement and portal names that the server would cut to the same 63 bytes', () => {
    const long = 'x'.repeat(64);
    const parse = encodeParse({ statement: long, text: '', parameterTypes: [] });
    expect(() => decodeFrontend(parse)).toThrow(code('NAME_TOO_LONG'));
    expect(() => decodeFrontend(serialize.describe({ type: 'P', name: long }))).toThrow(
      code('NAME_TOO_LONG'),
    );
  });

  test('pitfall 15: counts larger than the message', () => {
    const body = Buffer.concat([cString(''), cString(''), Buffer.from([0xff, 0xff])]);
    expect(() => decodeFrontend(encodeMessage(frontendType.parse, body))).toThrow(
      code('BAD_COUNT'),
    );
    expect(() => decodeFrontend(encodeMessage(frontendType.bind, body))).toThrow(code('BAD_COUNT'));
  });

  test('a value length that runs over the end, and a negative one', () => {
    const start = Buffer.concat([cString(''), cString(''), Buffer.from([0, 0, 0, 1])]);
    const over = Buffer.from([0, 0, 0, 9, 1, 0, 0]);
    expect(() => decodeFrontend(encodeMessage(frontendType.bind, start, over))).toThrow(
      code('TRUNCATED'),
    );
    const negative = Buffer.from([0xff, 0xff, 0xff, 0xfe, 0, 0]);
    expect(() => decodeFrontend(encodeMessage(frontendType.bind, start, negative))).toThrow(
      code('BAD_LENGTH'),
    );
  });

  test('a query text that holds a NUL cannot be encoded', () => {
    expect(() => encodeQuery('SELECT 1\0')).toThrow(code('BAD_STRING'));
  });

  test('startup packets out of bounds, doubled parameters, other major versions', () => {
    expect(() => decodeStartup(Buffer.from([0, 0, 0, 7, 0, 0, 0]))).toThrow(code('BAD_LENGTH'));
    expect(() => decodeStartup(Buffer.from([0x7f, 0, 0, 0]))).toThrow(code('TOO_LONG'));
    const parameters = Buffer.from('user\0a\0user\0b\0\0');
    const doubled = Buffer.concat([
      Buffer.from([0, 0, 0, 8 + parameters.length, 0, 3, 0, 0]),
      parameters,
    ]);
    expect(() => decodeStartup(doubled)).toThrow(code('BAD_VALUE'));
    expect(() => decodeStartup(Buffer.from([0, 0, 0, 8, 0, 2, 0, 0]))).toThrow(code('BAD_VALUE'));
  });

  test('arbitrary bytes behind any type: decoded or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), bytes(120), (type, body) => {
        const raw = encodeMessage(type, body);
        for (const decode of [decodeFrontend, decodeBackend]) {
          try {
            expect(decode(raw).raw).toEqual(raw);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('arbitrary startup bytes: decoded or refused, never a crash', () => {
    const codes = fc.constantFrom(196608, 196610, 80877102, 80877103, 80877104, 1);
    fc.assert(
      fc.property(codes, bytes(80), (request, body) => {
        const packet = Buffer.alloc(8 + body.length);
        packet.writeInt32BE(packet.length, 0);
        packet.writeInt32BE(request, 4);
        body.copy(packet, 8);
        try {
          decodeStartup(packet);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('frontend messages', () => {
  test('Query decodes what pg-protocol says, without loss', () => {
    fc.assert(
      fc.property(text, (sql) => {
        expect(decodeFrontend(serialize.query(sql))).toMatchObject({ kind: 'query', text: sql });
        expect(encodeQuery(sql)).toEqual(serialize.query(sql));
      }),
    );
  });

  test('a byte order mark stays part of the text', () => {
    expect(decodeFrontend(encodeQuery('\ufeffSELECT 1'))).toMatchObject({ text: '\ufeffSELECT 1' });
  });

  test('Parse round trip, and as pg-protocol says it', () => {
    fc.assert(
      fc.property(name, text, fc.array(oid, { maxLength: 5 }), (statement, sql, parameterTypes) => {
        const raw = encodeParse({ statement, text: sql, parameterTypes });
        expect(decodeFrontend(raw)).toEqual({
          kind: 'parse',
          raw,
          statement,
          text: sql,
          parameterTypes,
        });
      }),
    );
    const raw = serialize.parse({ name: 's1', text: 'SELECT $1', types: [23, 25] });
    expect(decodeFrontend(raw)).toMatchObject({
      statement: 's1',
      text: 'SELECT $1',
      parameterTypes: [23, 25],
    });
  });

  test('pitfall 7: Bind keeps NULL, text and binary values apart', () => {
    const bind = fc.record({
      portal: name,
      statement: name,
      parameterFormats: formats,
      values: fc.array(value, { maxLength: 6 }),
      resultFormats: formats,
    });
    fc.assert(
      fc.property(bind, (message) => {
        const raw = encodeBind(message);
        expect(decodeFrontend(raw)).toEqual({ kind: 'bind', raw, ...message });
      }),
    );
    const values = [null, '', 'text', Buffer.from([0, 255])];
    expect(decodeFrontend(serialize.bind({ portal: 'p', statement: 's', values }))).toMatchObject({
      portal: 'p',
      statement: 's',
      parameterFormats: [0, 0, 0, 1],
      values: [null, Buffer.alloc(0), Buffer.from('text'), Buffer.from([0, 255])],
      resultFormats: [0],
    });
  });

  test('the rest, as pg-protocol says it', () => {
    const cases: [Buffer, object][] = [
      [
        serialize.describe({ type: 'S', name: 'é' }),
        { kind: 'describe', object: 'statement', name: 'é' },
      ],
      [serialize.describe({ type: 'P' }), { kind: 'describe', object: 'portal', name: '' }],
      [serialize.close({ type: 'P', name: 'p' }), { kind: 'close', object: 'portal', name: 'p' }],
      [serialize.execute({ portal: 'p', rows: 7 }), { kind: 'execute', portal: 'p', maxRows: 7 }],
      [serialize.execute(), { kind: 'execute', portal: '', maxRows: 0 }],
      [serialize.sync(), { kind: 'sync' }],
      [serialize.flush(), { kind: 'flush' }],
      [serialize.end(), { kind: 'terminate' }],
      [serialize.copyDone(), { kind: 'copyDone' }],
      [serialize.copyFail('no'), { kind: 'copyFail', message: 'no' }],
      [serialize.copyData(Buffer.from([1, 0])), { kind: 'copyData', data: Buffer.from([1, 0]) }],
      [serialize.password('secret'), { kind: 'authentication', body: Buffer.from('secret\0') }],
    ];
    for (const [raw, expected] of cases) {
      expect(decodeFrontend(raw)).toMatchObject({ raw, ...expected });
    }
  });

  test('FunctionCall round trip', () => {
    const call = {
      functionOid: 0xfffffff0,
      argumentFormats: [1],
      values: [null, Buffer.from('x')],
      resultFormat: 0,
    } as const;
    const raw = encodeFunctionCall(call);
    expect(decodeFrontend(raw)).toEqual({ kind: 'functionCall', raw, ...call });
  });
});

describe('startup packets', () => {
  test('StartupMessage round trip', () => {
    const parameter = fc.tuple(
      text.filter((key) => key !== ''),
      text,
    );
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 6 }), (pairs) => {
        const parameters = new Map(pairs);
        expect(decodeStartup(encodeStartupMessage(parameters))).toMatchObject({
          kind: 'startup',
          minor: 0,
          parameters,
        });
      }),
    );
  });

  test('as pg-protocol says them', () => {
    const startup = decodeStartup(serialize.startup({ user: 'u', database: 'd' }));
    expect(startup).toMatchObject({
      parameters: new Map([
        ['user', 'u'],
        ['database', 'd'],
        ['client_encoding', 'UTF8'],
      ]),
    });
    expect(decodeStartup(serialize.requestSsl())).toMatchObject({ kind: 'ssl' });
    const secret = Buffer.from([0, 0, 0, 9]);
    expect(decodeStartup(serialize.cancel(7, 9))).toMatchObject({ kind: 'cancel', pid: 7, secret });
  });

  test('a cancel key of 3.2 may have up to 256 bytes, and no more', () => {
    const key = (length: number) => ({ pid: 1, secret: Buffer.alloc(length, 1) });
    expect(decodeStartup(encodeCancelRequest(key(256)))).toMatchObject(key(256));
    expect(() => decodeStartup(encodeCancelRequest(key(257)))).toThrow(code('BAD_LENGTH'));
    expect(() => decodeStartup(encodeCancelRequest(key(3)))).toThrow(code('BAD_LENGTH'));
  });
});
