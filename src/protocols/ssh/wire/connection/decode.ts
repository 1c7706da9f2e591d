import { FieldReader } from '../field-reader.ts';
import { WireFault } from '../wire-fault.ts';
import { type ConnectionMessage, messageNumber } from './messages.ts';

/**
 * Decodes one message of RFC 4254, number first. Throws WireFault for what is cut short, has
 * bytes too many, or has no such number.
 */
export function decodeMessage(payload: Buffer): ConnectionMessage {
  const reader = new FieldReader(payload, 1);
  const message = decodeFields(payload[0], reader);
  reader.end();
  return message;
}

function decodeFields(number: number | undefined, reader: FieldReader): ConnectionMessage {
  switch (number) {
    case messageNumber.data:
      return { kind: 'data', recipient: reader.uint32(), stream: 0, bytes: reader.string() };
    case messageNumber.windowAdjust:
      return { kind: 'window_adjust', recipient: reader.uint32(), bytes: reader.uint32() };
    case messageNumber.extendedData:
      return extendedData(reader);
    case messageNumber.channelRequest:
      return channelRequest(reader);
    case messageNumber.channelSuccess:
      return { kind: 'channel_success', recipient: reader.uint32() };
    case messageNumber.channelFailure:
      return { kind: 'channel_failure', recipient: reader.uint32() };
    case messageNumber.eof:
      return { kind: 'eof', recipient: reader.uint32() };
    case messageNumber.close:
      return { kind: 'close', recipient: reader.uint32() };
    default:
      return decodeRarer(number, reader);
  }
}

function decodeRarer(number: number | undefined, reader: FieldReader): ConnectionMessage {
  switch (number) {
    case messageNumber.open:
      return open(reader);
    case messageNumber.openConfirmation:
      return openConfirmation(reader);
    case messageNumber.openFailure:
      return openFailure(reader);
    case messageNumber.globalRequest:
      return globalRequest(reader);
    case messageNumber.requestSuccess:
      return { kind: 'request_success', fields: reader.rest() };
    case messageNumber.requestFailure:
      return { kind: 'request_failure' };
    default:
      throw new WireFault('UNKNOWN_TYPE', `message ${number} is not of the connection protocol`);
  }
}

function open(reader: FieldReader): ConnectionMessage {
  const type = name(reader);
  const sender = reader.uint32();
  const window = reader.uint32();
  const maxPacket = reader.uint32();
  return { kind: 'open', type, sender, window, maxPacket, fields: reader.rest() };
}

function openConfirmation(reader: FieldReader): ConnectionMessage {
  const recipient = reader.uint32();
  const sender = reader.uint32();
  const window = reader.uint32();
  const maxPacket = reader.uint32();
  reader.rest();
  return { kind: 'open_confirmation', recipient, sender, window, maxPacket };
}

function openFailure(reader: FieldReader): ConnectionMessage {
  const recipient = reader.uint32();
  const reason = reader.uint32();
  const description = reader.string().toString('utf8');
  reader.rest();
  return { kind: 'open_failure', recipient, reason, description };
}

function extendedData(reader: FieldReader): ConnectionMessage {
  const recipient = reader.uint32();
  const stream = reader.uint32();
  if (stream === 0) throw new WireFault('UNKNOWN_TYPE', 'extended data has no type 0');
  return { kind: 'data', recipient, stream, bytes: reader.string() };
}

function channelRequest(reader: FieldReader): ConnectionMessage {
  const recipient = reader.uint32();
  const type = name(reader);
  const wantReply = reader.boolean();
  return { kind: 'channel_request', recipient, type, wantReply, fields: reader.rest() };
}

function globalRequest(reader: FieldReader): ConnectionMessage {
  const type = name(reader);
  const wantReply = reader.boolean();
  return { kind: 'global_request', name: type, wantReply, fields: reader.rest() };
}

/** Names are US-ASCII, at most 64 characters (RFC 4251, section 6); a longer one is none we know. */
function name(reader: FieldReader): string {
  return reader.string().toString('latin1');
}
