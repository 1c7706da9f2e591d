import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../../src/protocols/ssh/wire/connection/decode.ts';
import {
  encodeChannelReply,
  encodeChannelRequest,
  encodeClose,
  encodeDataHead,
  encodeEof,
  encodeGlobalRequest,
  encodeOpen,
  encodeOpenConfirmation,
  encodeOpenFailure,
  encodeRequestFailure,
  encodeRequestSuccess,
  encodeWindowAdjust,
} from '../../../../src/protocols/ssh/wire/connection/encode.ts';
import { WireFault } from '../../../../src/protocols/ssh/wire/wire-fault.ts';

const number = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
const name = fc.string({ maxLength: 30, unit: 'binary-ascii' });
const text = fc.string({ maxLength: 30, unit: 'grapheme' });

describe('messages of the connection protocol', () => {
  test('a data message keeps its stream, channel and bytes', () => {
    fc.assert(
      fc.property(number, number, bytes, (recipient, stream, data) => {
        const message = Buffer.concat([encodeDataHead(recipient, stream, data.length), data]);
        const kind = 'data';
        expect(decodeMessage(message)).toEqual({ kind, recipient, stream, bytes: data });
      }),
    );
  });

  test('an open, its answer and its refusal come back as they were', () => {
    fc.assert(
      fc.property(name, text, bytes, number, number, number, (type, description, fields, ...n) => {
        const [sender, window, maxPacket] = n;
        const open = { type, sender, window, maxPacket, fields };
        expect(decodeMessage(encodeOpen(open))).toEqual({ kind: 'open', ...open });
        const confirmation = { recipient: window, sender, window, maxPacket };
        expect(decodeMessage(encodeOpenConfirmation(confirmation))).toEqual({
          kind: 'open_confirmation',
          ...confirmation,
        });
        expect(decodeMessage(encodeOpenFailure(sender, window, description))).toEqual({
          ...{ kind: 'open_failure', recipient: sender, reason: window, description },
        });
      }),
    );
  });

  test('requests and their answers come back as they were', () => {
    fc.assert(
      fc.property(name, fc.boolean(), bytes, number, (type, wantReply, fields, recipient) => {
        expect(decodeMessage(encodeGlobalRequest(type, wantReply, fields))).toEqual({
          ...{ kind: 'global_request', name: type, wantReply, fields },
        });
        const request = { type, wantReply, fields };
        expect(decodeMessage(encodeChannelRequest(recipient, request))).toEqual({
          ...{ kind: 'channel_request', recipient, ...request },
        });
        expect(decodeMessage(encodeRequestSuccess(fields))).toEqual({
          ...{ kind: 'request_success', fields },
        });
        expect(decodeMessage(encodeRequestFailure())).toEqual({ kind: 'request_failure' });
        expect(decodeMessage(encodeChannelReply(recipient, wantReply))).toEqual({
          ...{ kind: wantReply ? 'channel_success' : 'channel_failure', recipient },
        });
        expect(decodeMessage(encodeWindowAdjust(recipient, recipient))).toEqual({
          ...{ kind: 'window_adjust', recipient, bytes: recipient },
        });
        expect(decodeMessage(encodeEof(recipient))).toEqual({ kind: 'eof', recipient });
        expect(decodeMessage(encodeClose(recipient))).toEqual({ kind: 'close', recipient });
      }),
    );
  });

  test('of any bytes are decoded, or a fault with a code', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), bytes, (first, rest) => {
        try {
          decodeMessage(Buffer.concat([Buffer.of(first), rest]));
        } catch (error) {
          expect(error).toBeInstanceOf(WireFault);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'UNKNOWN_TYPE'],
    ['a number of another layer', Buffer.of(21), 'UNKNOWN_TYPE'],
    ['data that is cut short', encodeDataHead(0, 0, 5), 'TRUNCATED'],
    ['a close with more behind', Buffer.concat([encodeClose(1), Buffer.of(0)]), 'TRAILING_BYTES'],
    [
      'extended data of type 0',
      Buffer.from('5f00000000000000000000000000', 'hex').subarray(0, 13),
      'UNKNOWN_TYPE',
    ],
  ])('of %s are a fault', (_what, message, code) => {
    expect(() => decodeMessage(message)).toThrow(expect.objectContaining({ code }));
  });
});
