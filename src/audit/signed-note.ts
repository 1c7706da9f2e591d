import { createHash } from 'node:crypto';
import { isSignedBy, type SigningKey, signingKeyFrom } from '../core/signing-key.ts';

/**
 * C2SP signed-note (https://c2sp.org/signed-note) with Ed25519 keys: a text that ends in a
 * newline, an empty line, and signature lines that begin with an em dash.
 */
export interface NoteKey {
  readonly name: string;
  /** The 32 bytes, base64. */
  readonly publicKey: string;
}

export interface NoteSigner extends NoteKey {
  readonly key: SigningKey;
}

const ed25519 = 1;
const markLength = 4;
const longestNote = 64 * 1024;

/** `name+hash+key`, as other tools take it. */
export function verifierText(key: NoteKey): string {
  const bytes = Buffer.concat([Buffer.from([ed25519]), Buffer.from(key.publicKey, 'base64')]);
  return `${key.name}+${markOf(key).toString('hex')}+${bytes.toString('base64')}`;
}

/** Null for anything that is not such a text. */
export function parseVerifier(text: string): NoteKey | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const [, name = '', mark = '', encoded = ''] = match ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (match === null || bytes.length !== 33 || bytes[0] !== ed25519) return null;
  const key = { name, publicKey: bytes.subarray(1).toString('base64') };
  return markOf(key).toString('hex') === mark ? key : null;
}

/** A line that holds a signer, secret half included. */
export function signerText({ name, key }: NoteSigner): string {
  return `HOOPX+PRIVATE+KEY+${name}+${key.reveal()}`;
}

/** Null for anything that is not such a line. */
export function parseSigner(text: string): NoteSigner | null {
  const match = /^HOOPX\+PRIVATE\+KEY\+([^\s+]+)\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const [, name = '', secret = ''] = match ?? [];
  if (match === null) return null;
  try {
    const key = signingKeyFrom(secret);
    return { name, key, publicKey: key.publicKey };
  } catch {
    return null;
  }
}

/** `text` ends in a newline. */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = Buffer.concat([markOf(signer), signer.key.sign(text)]);
  return `${text}\n— ${signer.name} ${signature.toString('base64')}\n`;
}

/** The text, if a signature by that key is there and right, and no other claims to be by it. */
export function openNote(note: string, key: NoteKey): string | null {
  if (note.length > longestNote) return null;
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const text = note.slice(0, end + 1);
  const mark = markOf(key);
  let signed = false;
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const match = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (match === null) return null;
    const bytes = Buffer.from(match[2] ?? '', 'base64');
    if (match[1] !== key.name || !bytes.subarray(0, markLength).equals(mark)) continue;
    if (!isSignedBy(key.publicKey, text, bytes.subarray(markLength))) return null;
    // Bits that base64 leaves over could be changed unseen.
    if (bytes.toString('base64') !== match[2]) return null;
    signed = true;
  }
  return signed ? text : null;
}

/** The key's hash in the specification: tells keys of one name apart, and secures nothing. */
function markOf({ name, publicKey }: NoteKey): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([ed25519]))
    .update(Buffer.from(publicKey, 'base64'))
    .digest()
    .subarray(0, markLength);
}
