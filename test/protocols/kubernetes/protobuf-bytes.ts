/** Writes protobuf records (Protocol Buffers, "Encoding") that no client would. */
export function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest >= 128n) {
    bytes.push(Number(rest % 128n) + 128);
    rest /= 128n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

/** A VARINT for a number, else a LEN. */
export function record(number: number, value: bigint | number | string | Buffer): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Buffer.concat([varint(number * 8), varint(value)]);
  }
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export interface Envelope {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly coding?: string;
  readonly type?: string;
}

/** As client-go sends an object. */
export function protobufBody(raw: Buffer, { apiVersion, kind, coding, type }: Envelope): Buffer {
  const meta = Buffer.concat([record(1, apiVersion ?? 'v1'), record(2, kind ?? 'Pod')]);
  return Buffer.concat([
    Buffer.from('k8s\0', 'latin1'),
    ...[record(1, meta), record(2, raw), record(3, coding ?? ''), record(4, type ?? '')],
  ]);
}
