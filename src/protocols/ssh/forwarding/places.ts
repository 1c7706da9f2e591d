import type { SshTarget } from '../target.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { WireFault } from '../wire/wire-fault.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** `direct-tcpip` and `forwarded-tcpip` name two places (RFC 4254, section 7.2). */
export interface Route {
  /** Where it leads, or where it came in. */
  readonly place: Place;
  readonly origin: Place;
}

export function readRoute(fields: Buffer): Route {
  const reader = new FieldReader(fields, 0);
  const route = { place: readPlace(reader), origin: readPlace(reader) };
  reader.end();
  return route;
}

/** Of `tcpip-forward` and `cancel-tcpip-forward` (RFC 4254, section 7.1). */
export function readListener(fields: Buffer): Place {
  const reader = new FieldReader(fields, 0);
  const place = readPlace(reader);
  reader.end();
  return place;
}

function readPlace(reader: FieldReader): Place {
  const host = reader.string().toString('utf8');
  const port = reader.uint32();
  if (host.includes('\ufffd')) throw new WireFault('BAD_STRING', 'a host is not UTF-8');
  if (port > 65_535) throw new WireFault('BAD_LENGTH', `${port} is no port`);
  return { host, port };
}

const sshPort = 22;

/**
 * SSH inside SSH goes round the gate: whatever is run through it, nobody here sees. Names and
 * further addresses of the target itself cannot be told from other hosts, so the port decides.
 */
export function leadsToSshd({ port }: Place, target: SshTarget): boolean {
  return port === sshPort || port === target.port;
}
