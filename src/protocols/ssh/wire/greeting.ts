import { encodePacket, string, uint32 } from './encode.ts';
import { FieldReader } from './field-reader.ts';
import { replyType, requestType } from './packet-types.ts';

/** INIT and VERSION have the same body: a version, and pairs that announce extensions. */
export interface Greeting {
  readonly version: number;
  readonly extensions: readonly { readonly name: Buffer; readonly data: Buffer }[];
}

export function decodeInit(raw: Buffer): Greeting {
  return readGreeting(raw, requestType.init);
}

export function decodeVersion(raw: Buffer): Greeting {
  return readGreeting(raw, replyType.version);
}

export function encodeInit(greeting: Greeting): Buffer {
  return encodeGreeting(requestType.init, greeting);
}

export function encodeVersion(greeting: Greeting): Buffer {
  return encodeGreeting(replyType.version, greeting);
}

function readGreeting(raw: Buffer, type: number): Greeting {
  const fields = FieldReader.ofPacket(raw, type);
  const version = fields.uint32();
  const extensions: { name: Buffer; data: Buffer }[] = [];
  while (fields.remaining > 0) extensions.push({ name: fields.string(), data: fields.string() });
  return { version, extensions };
}

function encodeGreeting(type: number, { version, extensions }: Greeting): Buffer {
  const pairs = extensions.flatMap(({ name, data }) => [string(name), string(data)]);
  return encodePacket(type, uint32(version), ...pairs);
}
