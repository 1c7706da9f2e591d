import { open } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { Secret } from '../core/secret.ts';
import { UserError } from '../core/user-error.ts';
import { decodeToken } from './decoded-token.ts';
import { maxTokenBytes } from './token-limits.ts';
import type { AccessToken, TokenSource } from './token-source.ts';

/** HOOPX_TOKEN: it cannot change while the process runs. */
export function environmentTokens(token: Secret, clock: Clock): TokenSource {
  return {
    kind: 'environment',
    current: async () => usable(token.reveal(), 'HOOPX_TOKEN', clock()),
  };
}

/** --token-file: whoever writes the file renews the token, so it is read anew when it changes. */
export function fileTokens(file: string, clock: Clock): TokenSource {
  let seen: { readonly version: string; readonly token: string } | null = null;
  return {
    kind: 'file',
    current: async () => {
      seen = await readToken(file, seen);
      return usable(seen.token, file, clock());
    },
  };
}

async function readToken(
  file: string,
  seen: { readonly version: string; readonly token: string } | null,
): Promise<{ readonly version: string; readonly token: string }> {
  try {
    const handle = await open(file, 'r');
    try {
      const { ino, size, mtimeMs, ctimeMs } = await handle.stat();
      const version = [ino, size, mtimeMs, ctimeMs].join(':');
      if (seen?.version === version) return seen;
      if (size > maxTokenBytes * 2) throw new Error('too large for a token');
      return { version, token: (await handle.readFile('utf8')).trim() };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unusable(file, `cannot be read (${why})`, 'TOKEN_UNREADABLE', cause);
  }
}

function usable(token: string, source: string, now: number): AccessToken {
  const decoded = decodeToken(token);
  if (decoded === null) throw unusable(source, 'holds no JWT', 'TOKEN_UNREADABLE');
  const expiresAt = (decoded.expiresAt ?? 0) * 1000;
  if (expiresAt <= now) throw unusable(source, 'holds a token that has expired', 'LOGIN_EXPIRED');
  return { token, expiresAt };
}

function unusable(source: string, what: string, code: string, cause?: unknown): UserError {
  return new UserError(`${source} ${what}`, {
    code,
    exitCode: exitCodes.loginRequired,
    hint: 'Put a current token of a provider there that the gateway accepts.',
    cause,
  });
}
