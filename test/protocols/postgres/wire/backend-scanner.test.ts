import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BackendSegment,
  createBackendScanner,
} from '../../../../src/protocols/postgres/wire/backend-scanner.ts';
import { backendType } from '../../../../src/protocols/postgres/wire/backend-types.ts';
import { encodeMessage } from '../../../../src/protocols/postgres/wire/encode.ts';
import { WireError } from '../../../../src/protocols/postgres/wire/wire-error.ts';
import { bytes, messageEnds, sizes, splitAt } from './splits.ts';

const passed: ReadonlySet<number> = new Set([
  backendType.dataRow,
  backendType.copyData,
  backendType.rowDescription,
]);
const interest = (type: number) => !passed.has(type);

function scan(pieces: readonly Buffer[], maxBufferedBytes = 10_000): BackendSegment[] {
  const scanner = createBackendScanner({ maxBufferedBytes }, interest);
  return pieces.flatMap((piece) => scanner.push(piece));
}

const bytesOf = (segment: BackendSegment) =>
  segment.kind === 'pass' ? segment.bytes : segment.raw;

const message = fc
  .tuple(fc.constantFrom(...Object.values(backendType)), bytes(60))
  .map(([type, body]) => encodeMessage(type, body));

describe('backend scanner', () => {
  test('pitfall 15: refuses unknown types and hostile lengths, of interest or not', () => {
    const hostile: [number[], string][] = [
      [[0x21], 'UNKNOWN_TYPE'],
      [[0x5a, 0, 0, 0, 3], 'BAD_LENGTH'],
      [[0x44, 0, 0, 0, 3], 'BAD_LENGTH'],
      [[0x44, 0xff, 0xff, 0xff, 0xff], 'BAD_LENGTH'],
      [[0x45, 0x7f, 0xff, 0xff, 0xff], 'TOO_LONG'],
    ];
    for (const [sent, code] of hostile) {
      for (const cuts of [[1], [100]]) {
        const act = () => scan(splitAt(Buffer.from(sent), cuts));
        expect(act).toThrow(expect.objectContaining({ code }));
      }
    }
  });

  test('pitfall 8: everything comes out as it went in, and interest messages whole', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), sizes, (messages, cuts) => {
        const whole = Buffer.concat(messages);
        const out = scan(splitAt(whole, cuts));
        expect(Buffer.concat(out.map(bytesOf)).equals(whole)).toBe(true);
        const expected = messages.filter((raw) => interest(raw[0] ?? 0));
        const got = out.filter((segment) => segment.kind === 'message').map(bytesOf);
        expect(got).toEqual(expected);
      }),
    );
  });

  test('says truly whether what it handed out ends with a message', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), sizes, (messages, cuts) => {
        const ends = messageEnds(messages);
        const scanner = createBackendScanner({ maxBufferedBytes: 10_000 }, interest);
        let at = 0;
        for (const piece of splitAt(Buffer.concat(messages), cuts)) {
          for (const segment of scanner.push(piece)) at += bytesOf(segment).length;
          expect(scanner.atBoundary).toBe(ends.has(at));
        }
      }),
    );
  });

  test('rows between two messages of interest are one slice of the chunk', () => {
    const row = encodeMessage(backendType.dataRow, Buffer.alloc(30));
    const done = encodeMessage(backendType.commandComplete, Buffer.from('SELECT 50\0'));
    const chunk = Buffer.concat([...Array.from({ length: 50 }, () => row), done]);
    const out = scan([chunk]);
    expect(out.map(({ kind }) => kind)).toEqual(['pass', 'message']);
    const [rows] = out;
    expect(rows?.kind === 'pass' && rows.bytes.buffer === chunk.buffer).toBe(true);
  });

  test('a row is handed on byte by byte as it arrives, never held', () => {
    const row = encodeMessage(backendType.dataRow, Buffer.alloc(30));
    expect(scan(splitAt(row, [1]))).toHaveLength(row.length);
  });

  test('a gigabyte row passes; the same length of interest is refused', () => {
    expect(scan([Buffer.from([0x44, 0x3f, 0xff, 0xff, 0xff])])).toHaveLength(1);
    expect(() => scan([Buffer.from([0x43, 0x3f, 0xff, 0xff, 0xff])])).toThrow(WireError);
  });

  test('arbitrary bytes are scanned or refused, never a crash', () => {
    fc.assert(
      fc.property(bytes(200), sizes, (garbage, cuts) => {
        try {
          scan(splitAt(garbage, cuts));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
