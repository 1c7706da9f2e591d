import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serverEndPoint } from '../../../../src/protocols/postgres/upstream-channel-binding.ts';
import { describeWith } from '../../../peers/require-peer.ts';

function certificate(...options: string[]): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'hoopx-cert-'));
  try {
    const out = path.join(folder, 'cert.pem');
    const files = ['-nodes', '-keyout', path.join(folder, 'key.pem'), '-out', out];
    const args = ['req', '-x509', '-subj', '/CN=test', '-days', '1', ...files, ...options];
    execFileSync('openssl', args, { stdio: 'ignore' });
    return new X509Certificate(readFileSync(out)).raw;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const rsa = ['-newkey', 'rsa:2048'];
const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const pss = ['-sigopt', 'rsa_padding_mode:pss'];

describeWith(['openssl'], 'tls-server-end-point', () => {
  test.each([
    ['sha256', [...rsa, '-sha256']],
    ['sha384', [...rsa, '-sha384']],
    ['sha512', [...rsa, '-sha512']],
    ['sha256', [...rsa, '-sha1']],
    ['sha256', [...ec, '-sha256']],
    ['sha384', [...ec, '-sha384']],
    ['sha256', [...rsa, ...pss, '-sha256']],
    ['sha384', [...rsa, ...pss, '-sha384']],
  ])('uses %s for a certificate made with %j', (hash, options) => {
    const der = certificate(...options);
    expect(serverEndPoint(der)).toEqual(createHash(hash).update(der).digest());
  });

  test('is not defined for Ed25519', () => {
    expect(serverEndPoint(certificate('-newkey', 'ed25519'))).toBeNull();
  });

  test('arbitrary bytes have none, and never crash', () => {
    const der = certificate(...ec, '-sha256');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(der.length), (bytes, length) => {
        expect(serverEndPoint(Buffer.from(bytes))).toBeNull();
        if (length < der.length) expect(serverEndPoint(der.subarray(0, length))).toBeNull();
      }),
    );
  });
});
