import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { exitCodes } from '../core/exit-codes.ts';
import { Secret } from '../core/secret.ts';
import { UserError } from '../core/user-error.ts';

const keyBytes = 32;
const keyText = /^[A-Za-z0-9_-]{43}\n$/;

/**
 * The gateway's own key for masks, in a file beside its store that only its user may read; made
 * when there is none. Whoever holds the store's lock calls this, so no two make one.
 * @throws UserError for a file that holds no key: another key would change every mask
 */
export function ownMaskingKey(storePath: string): Secret {
  const file = `${storePath}.masking-key`;
  try {
    const text = readIfPresent(file) ?? makeKey(file);
    if (keyText.test(text)) return new Secret(text.trim());
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), error);
  }
  throw unusable(file, 'it holds no key. Put the right one back, or remove the file for a new one');
}

function readIfPresent(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8');
    chmodSync(file, 0o600);
    return text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Durable before its first use: a mask that was made with it can be made again. */
function makeKey(file: string): string {
  const text = `${randomBytes(keyBytes).toString('base64url')}\n`;
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  return text;
}

function unusable(file: string, hint: string, cause?: unknown): UserError {
  return new UserError(`the masking key ${file} cannot be used`, {
    code: 'MASKING_KEY_UNUSABLE',
    exitCode: exitCodes.badConfiguration,
    hint,
    ...(cause !== undefined && { cause }),
  });
}
