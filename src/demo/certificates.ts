import { generate } from 'selfsigned';

/** PEM texts: an authority of its own, and a certificate of it for loopback. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** For `localhost`, 127.0.0.1 and ::1, unless other names are given. Valid for a day or so. */
export async function makeCertificates(names?: readonly string[]): Promise<Certificates> {
  const authority = await generate([{ name: 'commonName', value: 'hoopx demo authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const altNames =
    names === undefined
      ? [
          { type: 2 as const, value: 'localhost' },
          { type: 7 as const, ip: '127.0.0.1' },
          { type: 7 as const, ip: '::1' },
        ]
      : names.map((value) => ({ type: 2 as const, value }));
  const server = await generate([{ name: 'commonName', value: names?.[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}
