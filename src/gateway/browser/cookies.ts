import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type HeaderList, valuesOf } from '../../protocols/http/wire/header-list.ts';

/**
 * `__Host-`: browsers take it only over TLS, for this one host and all its paths, and no other
 * host or page can set it (RFC 6265bis, section 4.1.3).
 */
export const sessionCookie = '__Host-hoopx';
const loginPrefix = `${sessionCookie}-login-`;
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

export type Cookies = readonly (readonly [name: string, value: string])[];

export function cookiesOf(headers: HeaderList): Cookies {
  return valuesOf(headers, 'cookie')
    .flatMap((line) => line.split(';'))
    .map((pair) => {
      const at = pair.indexOf('=');
      return at === -1 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
}

/** Null without it; also where there are several, of which only one can be the browser's. */
export function onlyCookie(cookies: Cookies, name: string): string | null {
  const [one, another] = cookies.filter(([each]) => each === name);
  return one === undefined || another !== undefined ? null : one[1];
}

export function setCookie(name: string, value: string, seconds: number): HeaderList {
  return [['Set-Cookie', `${name}=${value}; Max-Age=${Math.floor(seconds)}; ${attributes}`]];
}

export function clearCookie(name: string): HeaderList {
  return setCookie(name, '', 0);
}

/** One for each login that is under way, so that several windows do not undo each other's. */
export function loginCookie(state: string): string {
  return loginPrefix + createHash('sha256').update(state).digest('hex').slice(0, 16);
}

export function loginCookiesIn(cookies: Cookies): readonly string[] {
  return cookies.map(([name]) => name).filter((name) => name.startsWith(loginPrefix));
}

/** Text that only this gateway can read and write, and only for the same purpose. */
export interface Seal {
  close(text: string, purpose: string): string;
  /** Null for what was not closed here. */
  open(sealed: string, purpose: string): string | null;
}

const ivBytes = 12;
const tagBytes = 16;
const cipherName = 'aes-256-gcm';

/** With a key that nobody else has, and that is gone with this gateway. */
export function createSeal(): Seal {
  const key = randomBytes(32);
  return {
    close(text, purpose) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(cipherName, key, iv).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < ivBytes + tagBytes) return null;
      const iv = bytes.subarray(0, ivBytes);
      const tag = bytes.subarray(ivBytes, ivBytes + tagBytes);
      const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes });
      try {
        decipher.setAAD(Buffer.from(purpose)).setAuthTag(tag);
        const text = decipher.update(bytes.subarray(ivBytes + tagBytes));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
