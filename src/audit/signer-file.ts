import { open, readFile } from 'node:fs/promises';
import { exitCodes } from '../core/exit-codes.ts';
import { generateSigningKey } from '../core/signing-key.ts';
import { UserError } from '../core/user-error.ts';
import { type NoteSigner, parseSigner, signerText } from './signed-note.ts';

/**
 * The gateway's own key, made when there is none. Its name is the log's origin, and stays what
 * it was when the key was made.
 * @throws UserError AUDIT_KEY for a file that is no such key, or that others may read
 */
export async function openSignerFile(file: string, origin: string): Promise<NoteSigner> {
  const existing = await read(file);
  if (existing !== null) return existing;
  const key = generateSigningKey();
  const signer = { name: origin, key, publicKey: key.publicKey };
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${signerText(signer)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return signer;
}

async function read(file: string): Promise<NoteSigner | null> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) throw bad(file, 'is readable by others', `chmod 600 ${file}`);
    const signer = parseSigner(await readFile(handle, 'utf8'));
    if (signer === null) throw bad(file, 'holds no key of an audit log', 'Is it another file?');
    return signer;
  } finally {
    await handle.close();
  }
}

function bad(file: string, what: string, hint: string): UserError {
  return new UserError(`${file} ${what}`, {
    code: 'AUDIT_KEY',
    exitCode: exitCodes.badConfiguration,
    hint,
  });
}
