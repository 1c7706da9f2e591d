/**
 * What hoopx uses of ssh2's transport (its `Protocol` object, version 1.17) beside the documented
 * interface. ssh2's own channels buffer what a peer sends beyond its window, repeat bytes when
 * standard error stalls, decode commands as UTF-8 and have no words for a refusal, so the
 * connection protocol (RFC 4254) is our own, on top of ssh2's transport and login.
 */
export interface Ssh2Protocol {
  /** Takes every payload that arrives outside a key exchange; read anew after each exchange. */
  _onPayload: (payload: Uint8Array) => unknown;
  /** Counts for ssh2's keepalive. */
  readonly _onPacket: () => void;
  /** Our KEXINIT while keys are exchanged: until then whole payloads wait in `_queue`. */
  readonly _kexinit: Uint8Array | undefined;
  _queue: Uint8Array[] | undefined;
  readonly _authenticated: boolean;
  readonly _cipher: Ssh2Cipher;
  readonly _packetRW: { readonly write: Ssh2PacketWriter };
  rekey(): void;
}

export interface Ssh2Cipher {
  encrypt(packet: Uint8Array): void;
}

interface Ssh2PacketWriter {
  readonly allocStart: number;
  readonly allocStartKEX: number;
  alloc(payloadSize: number, evenInKeyExchange?: boolean): Uint8Array;
  finalize(packet: Uint8Array, evenInKeyExchange?: boolean): Uint8Array;
}

/** Throws when ssh2 is not as it is known here: nothing may run on a guess. */
export function protocolOf(peer: object): Ssh2Protocol {
  const protocol = '_protocol' in peer ? peer._protocol : null;
  if (!isProtocol(protocol)) throw new Error('this ssh2 is not the version that hoopx knows');
  return protocol;
}

/** Whether it takes packets laid out as `GcmPackets` does: ssh2's own binding of AES-GCM. */
export function takesGcmPackets({ _cipher, _packetRW }: Ssh2Protocol): boolean {
  return (
    _cipher.constructor.name === 'AESGCMCipherBinding' &&
    _packetRW.write.constructor.name === 'PacketWriter'
  );
}

function isProtocol(value: unknown): value is Ssh2Protocol {
  if (!isObject(value) || !('_kexinit' in value && '_queue' in value)) return false;
  const functions = ['_onPayload', '_onPacket', 'rekey'].map((name) => Reflect.get(value, name));
  const { _cipher: cipher, _packetRW: packets, _authenticated: authenticated } = value;
  return (
    functions.every((member) => typeof member === 'function') &&
    typeof authenticated === 'boolean' &&
    isObject(cipher) &&
    typeof cipher.encrypt === 'function' &&
    isObject(packets) &&
    isObject(packets.write) &&
    typeof packets.write.alloc === 'function' &&
    typeof packets.write.finalize === 'function'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
