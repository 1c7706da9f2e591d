import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeMessage } from '../../../../src/protocols/postgres/wire/encode.ts';
import {
  createFrontendFramer,
  type FrontendFrame,
} from '../../../../src/protocols/postgres/wire/frontend-framer.ts';
import { frontendType } from '../../../../src/protocols/postgres/wire/frontend-types.ts';
import { viewOf } from '../../../../src/protocols/postgres/wire/span.ts';
import { WireError } from '../../../../src/protocols/postgres/wire/wire-error.ts';
import { bytes, messageEnds, sizes, splitAt } from './splits.ts';

const limits = { maxMessageBytes: 10_000 };

function frames(pieces: readonly Buffer[], maxMessageBytes = 10_000): FrontendFrame[] {
  const framer = createFrontendFramer({ maxMessageBytes });
  return pieces.flatMap((piece) => framer.push(piece));
}

function refusedAs(bytesSent: Buffer): string {
  try {
    frames([bytesSent]);
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return 'accepted';
}

const message = fc
  .tuple(fc.constantFrom(...Object.values(frontendType)), bytes(60))
  .map(([type, body]) => encodeMessage(type, body));

const bytesOf = (frame: FrontendFrame) => (frame.kind === 'message' ? viewOf(frame) : frame.piece);

describe('frontend framer', () => {
  test('refuses an unknown type at its first byte', () => {
    expect(refusedAs(Buffer.from('!'))).toBe('UNKNOWN_TYPE');
  });

  test('pitfall 15: refuses hostile lengths before taking memory for them', () => {
    for (const length of [-1, 0, 3, -2147483648]) {
      const header = Buffer.from([0x51, 0, 0, 0, 0]);
      header.writeInt32BE(length, 1);
      expect(refusedAs(header)).toBe('BAD_LENGTH');
    }
    expect(refusedAs(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]))).toBe('TOO_LONG');
    expect(refusedAs(Buffer.from([0x64, 0x7f, 0xff, 0xff, 0xff]))).toBe('TOO_LONG');
  });

  test('the limit counts the whole message and is inclusive', () => {
    const fits = encodeMessage(frontendType.query, Buffer.alloc(95));
    expect(frames([fits], 100)).toHaveLength(1);
    expect(() => frames([encodeMessage(frontendType.query, Buffer.alloc(96))], 100)).toThrow(
      WireError,
    );
  });

  test('pitfall 8: any split gives the same messages', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), sizes, (messages, cuts) => {
        const whole = Buffer.concat(messages);
        const out = frames(splitAt(whole, cuts));
        expect(Buffer.concat(out.map(bytesOf)).equals(whole)).toBe(true);
        const isCopy = (raw: Buffer) => raw[0] === frontendType.copyData;
        const expected = messages.filter((raw) => !isCopy(raw));
        const got = out.filter((frame) => frame.kind === 'message').map(bytesOf);
        expect(got).toEqual(expected);
      }),
    );
  });

  test('COPY pieces say where a message ends, and never cross into another kind', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), sizes, (messages, cuts) => {
        const ends = messageEnds(messages);
        let at = 0;
        for (const frame of frames(splitAt(Buffer.concat(messages), cuts))) {
          at += bytesOf(frame).length;
          if (frame.kind === 'message' || frame.ends) expect(ends.has(at)).toBe(true);
          else expect(ends.has(at)).toBe(false);
        }
      }),
    );
  });

  test('a run of COPY data in one chunk is one piece, handed on without a copy', () => {
    const chunk = Buffer.concat(
      Array.from({ length: 100 }, () => encodeMessage(frontendType.copyData, Buffer.alloc(20))),
    );
    const [only, ...more] = frames([chunk]);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ kind: 'copyData', ends: true });
    expect(only?.kind === 'copyData' && only.piece.buffer === chunk.buffer).toBe(true);
  });

  test('a COPY message larger than any limit passes in pieces as it arrives', () => {
    const header = Buffer.from([frontendType.copyData, 0x3f, 0, 0, 0]);
    const [first] = frames([Buffer.concat([header, Buffer.alloc(70_000)])]);
    expect(first).toMatchObject({ kind: 'copyData', ends: false });
  });

  test('arbitrary bytes are framed or refused, never a crash', () => {
    fc.assert(
      fc.property(bytes(200), sizes, (garbage, cuts) => {
        try {
          frames(splitAt(garbage, cuts));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('knows whether a message is half read', () => {
    const framer = createFrontendFramer(limits);
    const raw = encodeMessage(frontendType.query, Buffer.from('x\0'));
    framer.push(raw.subarray(0, 3));
    expect(framer.atBoundary).toBe(false);
    framer.push(raw.subarray(3));
    expect(framer.atBoundary).toBe(true);
  });
});
