import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, int32 } from '../encode.ts';
import { WireError } from '../wire-error.ts';

export interface NegotiateProtocolVersion {
  readonly kind: 'negotiateProtocolVersion';
  readonly raw: Buffer;
  /** Newest that the server speaks: `(major << 16) | minor`, as servers send it. */
  readonly version: number;
  /** `_pq_.` options that it did not recognise. */
  readonly unrecognised: readonly string[];
}

export function decodeNegotiateProtocolVersion(raw: Buffer): NegotiateProtocolVersion {
  const body = BodyReader.ofMessage(raw, backendType.negotiateProtocolVersion);
  const version = body.int32();
  const count = body.int32();
  if (count < 0 || count > body.remaining) {
    throw new WireError('BAD_COUNT', `count ${count} is more than the message holds`);
  }
  const unrecognised = Array.from({ length: count }, () => body.string());
  body.end();
  return { kind: 'negotiateProtocolVersion', raw, version, unrecognised };
}

export function encodeNegotiateProtocolVersion(
  version: number,
  unrecognised: readonly string[],
): Buffer {
  return encodeMessage(
    backendType.negotiateProtocolVersion,
    int32(version),
    int32(unrecognised.length),
    ...unrecognised.map(cString),
  );
}
