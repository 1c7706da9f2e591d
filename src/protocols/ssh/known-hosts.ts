import { createHmac } from 'node:crypto';
import { matchesWildcards } from './wildcards.ts';

export interface KnownKey {
  /** `ssh-ed25519` */
  readonly type: string;
  readonly blob: Buffer;
}

/** What a known_hosts file says about one host. */
export interface KnownHost {
  readonly keys: readonly KnownKey[];
  readonly revoked: readonly KnownKey[];
  /** Lines about certificate authorities were passed over: certificates are not checked. */
  readonly authorities: number;
}

const defaultPort = 22;

/** Reads the format of sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Lines it cannot read count for nothing. */
export function lookUpHost(text: string, host: string, port: number): KnownHost {
  const name = host.toLowerCase();
  const wanted = port === defaultPort ? name : `[${name}]:${port}`;
  const keys: KnownKey[] = [];
  const revoked: KnownKey[] = [];
  let authorities = 0;
  for (const line of text.split(/\r?\n/)) {
    const entry = entryOf(line);
    if (entry === null || !isMeant(entry.hosts, wanted)) continue;
    if (entry.marker === '@cert-authority') authorities += 1;
    else if (entry.marker === '@revoked') revoked.push(entry.key);
    else if (entry.marker === null) keys.push(entry.key);
  }
  return { keys, revoked, authorities };
}

interface Entry {
  readonly marker: string | null;
  readonly hosts: string;
  readonly key: KnownKey;
}

function entryOf(line: string): Entry | null {
  const words = line.trim().split(/[ \t]+/);
  if (words[0]?.startsWith('#')) return null;
  const marker = words[0]?.startsWith('@') ? (words.shift() ?? null) : null;
  const [hosts, type, encoded] = words;
  if (hosts === undefined || type === undefined || encoded === undefined) return null;
  const blob = Buffer.from(encoded, 'base64');
  return keyTypeOf(blob) === type ? { marker, hosts, key: { type, blob } } : null;
}

/** A public key begins with the name of its type (RFC 4253, section 6.6). */
export function keyTypeOf(blob: Buffer): string | null {
  if (blob.length < 4) return null;
  const length = blob.readUInt32BE(0);
  return length > blob.length - 4 ? null : blob.toString('latin1', 4, 4 + length);
}

/** One pattern must match, and none with `!` before it. */
function isMeant(hosts: string, wanted: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, wanted);
  const patterns = hosts.toLowerCase().split(',');
  const refused = patterns.filter((one) => one.startsWith('!')).map((one) => one.slice(1));
  if (refused.some((pattern) => matchesWildcards(pattern, wanted))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesWildcards(pattern, wanted));
}

/** `|1|salt|HMAC-SHA1 of the name|` */
function isHashOf(hashed: string, wanted: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const digest = createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest();
  return digest.equals(Buffer.from(hash, 'base64'));
}
