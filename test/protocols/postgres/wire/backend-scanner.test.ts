import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BackendScanner } from '../../../../src/protocols/postgres/wire/backend-scanner.ts';
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

const limits = { maxBufferedBytes: 10_000 };

interface Scanned {
  /** What was passed on of each chunk. */
  readonly passed: readonly Buffer[];
  /** The messages of interest that were found. */
  readonly found: readonly Buffer[];
}

/** `put` names what goes on instead of a message, by its turn; undefined for the message itself. */
function scan(
  pieces: readonly Buffer[],
  put: (turn: number) => Buffer | undefined = () => undefined,
): Scanned {
  const scanner = new BackendScanner(limits, interest);
  const found: Buffer[] = [];
  const passed = pieces.map((piece) => {
    scanner.feed(piece);
    while (scanner.next()) {
      expect(scanner.type).toBe(scanner.bytes[scanner.start]);
      const instead = put(found.length);
      found.push(scanner.bytes.subarray(scanner.start, scanner.end));
      if (instead !== undefined) scanner.replace(instead);
    }
    return scanner.passed();
  });
  return { passed, found };
}

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
        const { passed, found } = scan(splitAt(whole, cuts));
        expect(Buffer.concat(passed).equals(whole)).toBe(true);
        expect(found).toEqual(messages.filter((raw) => interest(raw[0] ?? 0)));
      }),
    );
  });

  test('what is put in the place of messages goes on there, whatever the chunks, and only there', () => {
    const swaps = fc.array(fc.option(bytes(30), { nil: undefined }), { maxLength: 12 });
    const many = fc.array(message, { maxLength: 12 });
    fc.assert(
      fc.property(many, sizes, swaps, (messages, cuts, instead) => {
        const { passed } = scan(splitAt(Buffer.concat(messages), cuts), (turn) => instead[turn]);
        let turn = 0;
        const expected = messages.map((raw) => {
          return interest(raw[0] ?? 0) ? (instead[turn++] ?? raw) : raw;
        });
        expect(Buffer.concat(passed).equals(Buffer.concat(expected))).toBe(true);
      }),
    );
  });

  test('says truly whether what it handed out ends with a message', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), sizes, (messages, cuts) => {
        const ends = messageEnds(messages);
        const scanner = new BackendScanner(limits, interest);
        let at = 0;
        for (const piece of splitAt(Buffer.concat(messages), cuts)) {
          scanner.feed(piece);
          while (scanner.next());
          at += scanner.passed().length;
          expect(scanner.atBoundary).toBe(ends.has(at));
        }
      }),
    );
  });

  test('a chunk in which nothing is held back or replaced goes on as it is, uncopied', () => {
    const row = encodeMessage(backendType.dataRow, Buffer.alloc(30));
    const done = encodeMessage(backendType.commandComplete, Buffer.from('SELECT 50\0'));
    const chunk = Buffer.concat([...Array.from({ length: 50 }, () => row), done]);
    expect(scan([chunk]).passed[0]).toBe(chunk);
  });

  test('what a message of interest holds back begins with it', () => {
    const row = encodeMessage(backendType.dataRow, Buffer.alloc(30));
    const done = encodeMessage(backendType.commandComplete, Buffer.from('SELECT 1\0'));
    const { passed } = scan([Buffer.concat([row, done.subarray(0, 7)]), done.subarray(7)]);
    expect(passed).toEqual([row, done]);
  });

  test('a row is handed on byte by byte as it arrives, never held', () => {
    const row = encodeMessage(backendType.dataRow, Buffer.alloc(30));
    expect(scan(splitAt(row, [1])).passed.map(({ length }) => length)).toEqual(
      [...row].map(() => 1),
    );
  });

  test('a gigabyte row passes; the same length of interest is refused', () => {
    const header = Buffer.from([0x44, 0x3f, 0xff, 0xff, 0xff]);
    expect(scan([header]).passed).toEqual([header]);
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
