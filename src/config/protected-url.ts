import { isLoopback } from '../core/loopback.ts';

/** Whether a URL may be spoken to with secrets: TLS, or plain HTTP that stays on this machine. */
export function isProtectedUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}
