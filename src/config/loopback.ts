/** For `URL.hostname`, which has IPv6 addresses in brackets. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a URL may be spoken to with secrets: TLS, or plain HTTP that stays on this machine. */
export function isProtectedUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
