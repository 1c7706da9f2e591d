import type { DetectorName } from '../../src/core/masking.ts';

const jwtText =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c';

/** Not a key: what stands between its lines is the alphabet. */
export const pem = `-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,0123456789ABCDEF

QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2
d3h5ejAxMjM0NTY3ODkrLw==
-----END RSA PRIVATE KEY-----`;

interface Corpus {
  /** Each is found whole, wherever it stands. */
  readonly found: readonly string[];
  /** In none of these is anything found. */
  readonly passed: readonly string[];
}

/** Joined here, so that no scanner of repositories takes them for keys. */
const made = (...parts: string[]) => parts.join('');

export const corpus: Readonly<Record<DetectorName, Corpus>> = {
  email: {
    found: [
      'ann@example.com',
      'a.b+c_d%e-f@mail.example.co.uk',
      'ANN@EXAMPLE.COM',
      'jürgen@bücher.example',
      '1@2.example',
      'x@xn--bcher-kva.example',
      `${'a'.repeat(64)}@${'b'.repeat(60)}.example`,
    ],
    passed: [
      'root@db1',
      '@example.com',
      'ann@',
      'ann@.com',
      'ann@example',
      'ann@example.',
      'ann@example.c',
      'node@18.17.0',
      '10.0.0.1@10.0.0.2',
      'a @ b.com',
    ],
  },
  card: {
    found: [
      '4111111111111111',
      '4111 1111 1111 1111',
      '4111-1111-1111-1111',
      '378282246310005',
      '3782 822463 10005',
      '30569309025904',
      '6011111111111117',
      '5555555555554444',
      '2223003122003222',
      '4222222222222',
      '4000000000000000006',
    ],
    passed: [
      '4111111111111112',
      '4111 1111 1111 1112',
      '4111-1111 1111-1111',
      '4111  1111 1111 1111',
      '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
      'x4111111111111111',
      '4111111111111111x',
      '41111111111111111111',
      '0.4111111111111111',
      '1111111111111117',
      '411111111111',
    ],
  },
  iban: {
    found: [
      'GB82WEST12345698765432',
      'GB82 WEST 1234 5698 7654 32',
      'DE89370400440532013000',
      'de89 3704 0044 0532 0130 00',
      'NO9386011117947',
      'MT84MALT011000012345MTLCAST001S',
    ],
    passed: [
      'GB82WEST12345698765433',
      'GB82WEST1234569876543',
      'GB82WEST123456987654321',
      'XX82WEST12345698765432',
      'GB8WEST123456987654322',
      'AGB82WEST12345698765432',
      'GB82 WEST1 234 5698 7654 32',
    ],
  },
  ssn: {
    found: ['123-45-6789', '899-01-0001'],
    passed: [
      '000-45-6789',
      '666-45-6789',
      '900-45-6789',
      '123-00-6789',
      '123-45-0000',
      '123456789',
      '123-45-67890',
      '1123-45-6789',
      '123-45-6789-1',
      '9-123-45-6789',
    ],
  },
  phone: {
    found: [
      '+4930123456',
      '+49 30 1234-5678',
      '+1 (555) 234-5678',
      '+44 20 7946 0958',
      '(555) 234-5678',
      '(555)234-5678',
      '555-234-5678',
      '555.234.5678',
    ],
    passed: [
      '+1234567',
      '+1234567890123456',
      '5552345678',
      '155-234-5678',
      '555-134-5678',
      '555-234-567',
      '555-234-56789',
      '555.234.5678.9',
      '1555-234-5678',
      '1+49301234567x',
      '+x12345678',
      '2024-01-15 10:30:00',
      '192.168.100.200',
    ],
  },
  jwt: {
    found: [jwtText, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', `eyJ${'a'.repeat(40)}.a.b.c.d`],
    passed: [
      'eyJhbGciOiJIUzI1NiJ9',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0',
      'xeyJa.b.cccccccccccccccc',
      'eyJ.a.b',
    ],
  },
  'private-key': {
    found: [
      pem,
      pem.replaceAll('RSA ', ''),
      pem.replaceAll('\n', '\\n'),
      pem.replaceAll('\n', '\r\n    '),
      pem.replaceAll('RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'),
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA',
    ],
    passed: [
      pem.replaceAll('RSA PRIVATE KEY', 'CERTIFICATE'),
      pem.replaceAll('RSA PRIVATE KEY', 'PUBLIC KEY'),
      '-----BEGIN',
      '----BEGIN PRIVATE KEY----',
      `-----BEGIN ${'X'.repeat(80)} PRIVATE KEY-----`,
    ],
  },
  'cloud-key': {
    found: [
      made('AKIA', 'IOSFODNN7EXAMPLE'),
      made('AIza', 'a'.repeat(35)),
      made('ghp_', 'a1'.repeat(18)),
      made('github_pat_', 'A1_'.repeat(20)),
      made('glpat-', 'x'.repeat(20)),
      made('xoxb-', '123456789012-abcdef'),
      made('sk_live_', '4eC39HqLyjWDarjt'),
      made('npm_', 'a'.repeat(36)),
      made('AGE-SECRET-KEY-1', 'Q'.repeat(58)),
    ],
    passed: [
      made('AKIA', 'IOSFODNN7EXAMPL'),
      made('AKIA', 'IOSFODNN7EXAMPLEX'),
      made('xAKIA', 'IOSFODNN7EXAMPLE'),
      made('AIza', 'a'.repeat(34)),
      made('ghp_', 'a'.repeat(35)),
      'AKIA',
      'ghp_',
      'sk-short',
    ],
  },
  token: {
    found: [
      'wJ4lrX7tnF3MI8K7MD2NGbPx5fiCY9XA/M1L+KE0',
      'q9Z3xV7bN2mL5kJ8hG4fD1sA',
      'Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg==',
    ],
    passed: [
      'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      '550e8400-e29b-41d4-a716-446655440000',
      'createOperationGateForKubernetes2',
      'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      'q9Z3xV7bN2mL5kJ8hG4fD1s',
      `${'q9Z3xV7bN2mL5kJ8hG4fD1sA'.repeat(11)}`,
      '/usr/share/doc/libssl3/changelog.Debian.gz',
    ],
  },
};
