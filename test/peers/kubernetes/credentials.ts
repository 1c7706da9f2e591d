import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'selfsigned';

/** Who the API server knows by a token, and the groups it gives them. */
export interface Account {
  readonly name: string;
  readonly groups: readonly string[];
  readonly token: string;
}

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly ca: string;
  /** For a server on 127.0.0.1, which may also be a client of that name. */
  issue(name: string, groups?: readonly string[]): Promise<Certificate>;
}

export function account(name: string, groups: readonly string[] = []): Account {
  return { name, groups, token: randomBytes(24).toString('hex') };
}

/** The lines of `--token-auth-file`. */
export function tokenFile(accounts: readonly Account[]): string {
  return accounts
    .map(({ name, groups, token }) => `${token},${name},${name},"${groups.join(',')}"\n`)
    .join('');
}

export async function makeAuthority(): Promise<Authority> {
  const own = await generate([{ name: 'commonName', value: 'hoopx test cluster' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return {
    ca: own.cert,
    async issue(name, groups = []) {
      const subject = [
        ...groups.map((value) => ({ name: 'organizationName', value })),
        { name: 'commonName', value: name },
      ];
      const issued = await generate(subject, {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      });
      return { cert: issued.cert, key: issued.private };
    },
  };
}

/** `ca.crt`, `tls.crt`, `tls.key` as the API server and the kubelet want them. */
export async function writeCertificate(
  folder: string,
  ca: string,
  { cert, key }: Certificate,
): Promise<void> {
  await writeFile(path.join(folder, 'ca.crt'), ca);
  await writeFile(path.join(folder, 'tls.crt'), cert);
  await writeFile(path.join(folder, 'tls.key'), key, { mode: 0o600 });
}

/** The key that signs service account tokens, as PEM. */
export function signingKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

/** A kubeconfig with one context. JSON is YAML too. */
export function kubeconfig(
  server: string,
  ca: string,
  user: Readonly<Record<string, string>>,
): string {
  const data = Buffer.from(ca).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
