import { createHash } from 'node:crypto';
import type { Refusal } from '../../core/refusal.ts';
import { type KnownHost, keyTypeOf, lookUpHost } from './known-hosts.ts';
import type { SshLogin } from './target.ts';

/** Whether a server's key is the one that is known. Never learns a key by itself. */
export interface HostKeyCheck {
  /** Of the keys that are known; empty where only fingerprints are. */
  readonly types: ReadonlySet<string>;
  /** Null: it is known. */
  refusalOf(key: Buffer): Refusal | null;
}

export function createHostKeyCheck({ host, port, hostKey }: SshLogin): HostKeyCheck {
  const place = `${host}, port ${port},`;
  if (hostKey.kind === 'fingerprints') {
    const { fingerprints } = hostKey;
    return {
      types: new Set(),
      refusalOf: (key) =>
        fingerprints.some((known) => isFingerprintOf(known, key))
          ? null
          : untrusted(place, key, fingerprints),
    };
  }
  const known = lookUpHost(hostKey.text, host, port);
  return {
    types: new Set(known.keys.map(({ type }) => type)),
    refusalOf: (key) => refusalByKnownHosts(known, place, key),
  };
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function isFingerprintOf(known: string, key: Buffer): boolean {
  return known.replace(/=+$/, '') === fingerprintOf(key);
}

function refusalByKnownHosts(known: KnownHost, place: string, key: Buffer): Refusal | null {
  if (known.revoked.some(({ blob }) => blob.equals(key))) {
    return {
      code: 'UPSTREAM_UNTRUSTED',
      message: `the server at ${place} has the key ${fingerprintOf(key)}, which known_hosts has revoked`,
    };
  }
  if (known.keys.some(({ blob }) => blob.equals(key))) return null;
  const expected = known.keys.map(({ blob }) => fingerprintOf(blob));
  const refusal = untrusted(place, key, expected);
  if (known.authorities === 0) return refusal;
  return {
    ...refusal,
    hint: `${refusal.hint} Its lines with @cert-authority are not used: hoopx checks no host certificates.`,
  };
}

function untrusted(place: string, key: Buffer, expected: readonly string[]): Refusal {
  const offered = `${fingerprintOf(key)} (${keyTypeOf(key) ?? 'of no known type'})`;
  const known =
    expected.length === 0 ? 'no key of it is known' : `known is ${expected.join(' or ')}`;
  return {
    code: 'UPSTREAM_UNTRUSTED',
    message: `the server at ${place} has the key ${offered}, but ${known}`,
    hint: 'If the server really has that key, whoever runs the gateway puts it into its configuration.',
  };
}
