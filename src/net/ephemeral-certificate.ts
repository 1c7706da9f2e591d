import { generate } from 'selfsigned';
import { Secret } from '../core/secret.ts';

export interface ServerCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
}

export type CertificateSource = () => Promise<ServerCertificate>;

const lifetimeMs = 825 * 86_400_000;
const skewMs = 86_400_000;

/**
 * A self-signed certificate for loopback, made when first asked for and then kept. Clients
 * that insist on TLS get it; whom they talk to was settled by the tunnel around it.
 */
export function createEphemeralCertificate(): CertificateSource {
  let made: Promise<ServerCertificate> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

async function make(): Promise<ServerCertificate> {
  const now = Date.now();
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - skewMs),
    notAfterDate: new Date(now + lifetimeMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { cert: pems.cert, key: new Secret(pems.private) };
}
