import { createHash } from 'node:crypto';

/** Signature algorithm (as DER of its OID, hexadecimal) → hash of RFC 5929, section 4.1. */
const hashOfSignature: Readonly<Record<string, string>> = {
  // RSA PKCS #1: MD5 and SHA-1 count as SHA-256.
  '2a864886f70d010104': 'sha256',
  '2a864886f70d010105': 'sha256',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a864886f70d01010e': 'sha224',
  // ECDSA.
  '2a8648ce3d0401': 'sha256',
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};

const rsaPss = '2a864886f70d01010a';

/** Hash named in the parameters of RSASSA-PSS. */
const hashOfOid: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha256',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};

const sequence = 0x30;
const objectId = 0x06;
const explicit0 = 0xa0;

/**
 * `tls-server-end-point` of a certificate (DER), RFC 5929. Null where its signature names no
 * single hash, as Ed25519's, so that no binding is defined.
 */
export function serverEndPoint(certificate: Buffer): Buffer | null {
  const hash = signatureHash(certificate);
  return hash === null ? null : createHash(hash).update(certificate).digest();
}

function signatureHash(certificate: Buffer): string | null {
  const outer = element(certificate, 0);
  if (outer?.tag !== sequence) return null;
  const signed = element(outer.body, 0);
  const algorithm = signed === null ? null : element(outer.body, signed.end);
  if (algorithm?.tag !== sequence) return null;
  const id = element(algorithm.body, 0);
  if (id?.tag !== objectId) return null;
  const oid = id.body.toString('hex');
  if (oid === rsaPss) return pssHash(algorithm.body.subarray(id.end));
  return hashOfSignature[oid] ?? null;
}

/** RSASSA-PSS-params (RFC 4055): [0] names the hash, SHA-1 where it is left out. */
function pssHash(parameters: Buffer): string | null {
  const fields = element(parameters, 0);
  if (fields?.tag !== sequence) return null;
  const first = element(fields.body, 0);
  if (first?.tag !== explicit0) return 'sha256';
  const algorithm = element(first.body, 0);
  const id = algorithm === null ? null : element(algorithm.body, 0);
  return id?.tag === objectId ? (hashOfOid[id.body.toString('hex')] ?? null) : null;
}

interface Element {
  readonly tag: number;
  readonly body: Buffer;
  /** Where the next one starts. */
  readonly end: number;
}

/** One DER element with a length of up to three bytes; null for anything else. */
function element(bytes: Buffer, start: number): Element | null {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) return null;
  const extra = first < 0x80 ? 0 : first - 0x80;
  const bodyStart = start + 2 + extra;
  if (extra > 3 || bodyStart > bytes.length) return null;
  const length = extra === 0 ? first : bytes.readUIntBE(start + 2, extra);
  const end = bodyStart + length;
  return end > bytes.length ? null : { tag, body: bytes.subarray(bodyStart, end), end };
}
