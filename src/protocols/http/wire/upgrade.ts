import { createHash } from 'node:crypto';
import type { Framing } from './framing.ts';
import { type HeaderList, onlyValueOf, tokensOf, valuesOf } from './header-list.ts';
import { RequestError } from './request-error.ts';

const protocolName = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+(\/[A-Za-z0-9!#$%&'*+\-.^_`|~]+)?$/;
const webSocketGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The one protocol that a client asks to go on with, as it wrote it: `websocket`, `SPDY/3.1`. */
export interface UpgradeRequest {
  readonly protocol: string;
  /** Of a WebSocket handshake (RFC 6455). */
  readonly webSocketKey: string | null;
}

/** Null where none is asked for. Throws a RequestError for one that could be read differently. */
export function readUpgrade(headers: HeaderList, framing: Framing): UpgradeRequest | null {
  const asked = valuesOf(headers, 'upgrade');
  const connected = tokensOf(headers, 'connection').includes('upgrade');
  if (asked.length === 0) {
    if (connected) throw malformed('Connection names Upgrade, and there is none');
    return null;
  }
  // Without Connection it is not meant for the next hop (RFC 9110, section 7.8).
  if (!connected) return null;
  const [protocol = ''] = asked;
  if (asked.length > 1 || !protocolName.test(protocol)) {
    throw malformed('Upgrade must name one protocol');
  }
  if (protocol.toLowerCase() === 'h2c') return null;
  if (framing.kind !== 'none') throw malformed('a request to upgrade must not have a body');
  return { protocol, webSocketKey: webSocketKeyOf(protocol, headers) };
}

/** Whether the target's 101 agrees to exactly that (RFC 9110, 15.2.2; RFC 6455, section 4.1). */
export function agreesToUpgrade(
  { protocol, webSocketKey }: UpgradeRequest,
  status: number,
  headers: HeaderList,
): boolean {
  if (status !== 101) return false;
  if (!tokensOf(headers, 'connection').includes('upgrade')) return false;
  if (onlyValueOf(headers, 'upgrade')?.toLowerCase() !== protocol.toLowerCase()) return false;
  return (
    webSocketKey === null || onlyValueOf(headers, 'sec-websocket-accept') === acceptOf(webSocketKey)
  );
}

function webSocketKeyOf(protocol: string, headers: HeaderList): string | null {
  if (protocol.toLowerCase() !== 'websocket') return null;
  const key = onlyValueOf(headers, 'sec-websocket-key');
  if (key === null) throw malformed('a WebSocket needs one Sec-WebSocket-Key');
  return key;
}

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${webSocketGuid}`).digest('base64');
}

function malformed(message: string): RequestError {
  return new RequestError('MALFORMED', message);
}
