import { BodyReader } from './body-reader.ts';
import {
  type CancelRequest,
  cancelRequestCode,
  readCancelRequest,
} from './startup/cancel-request.ts';
import {
  type EncryptionRequest,
  gssEncRequestCode,
  sslRequestCode,
} from './startup/encryption-request.ts';
import { readStartupMessage, type StartupMessage } from './startup/startup-message.ts';
import { WireError } from './wire-error.ts';

export type StartupPacket = StartupMessage | CancelRequest | EncryptionRequest;

/** The server's own limit (MAX_STARTUP_PACKET_LENGTH). */
export const maxStartupBytes = 10_000;

/** Length of a startup packet from its first four bytes, checked before memory is taken. */
export function startupPacketLength(header: Buffer): number {
  if (header.length < 4) throw new WireError('TRUNCATED', 'startup packet without its length');
  const length = header.readInt32BE(0);
  if (length < 8) throw new WireError('BAD_LENGTH', 'startup packet is too short');
  if (length > maxStartupBytes) throw new WireError('TOO_LONG', 'startup packet is too long');
  return length;
}

/** Decodes what comes before the first typed message, with its length. */
export function decodeStartup(raw: Buffer): StartupPacket {
  if (startupPacketLength(raw) !== raw.length) {
    throw new WireError('BAD_LENGTH', 'startup packet length does not match its bytes');
  }
  const body = new BodyReader(raw, 4);
  const code = body.int32();
  switch (code) {
    case sslRequestCode:
      body.end();
      return { kind: 'ssl', raw };
    case gssEncRequestCode:
      body.end();
      return { kind: 'gss', raw };
    case cancelRequestCode:
      return readCancelRequest(raw, body);
    default:
      if (code >> 16 !== 3) {
        throw new WireError(
          'BAD_VALUE',
          `protocol ${code >> 16}.${code & 0xffff} is not supported`,
        );
      }
      return readStartupMessage(raw, code & 0xffff, body);
  }
}
