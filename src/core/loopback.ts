/** One address of 127.0.0.0/8, each number written as an address has it: `127.1` is a name. */
const loopbackV4 = /^127(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** `::1`, and 127.0.0.0/8 mapped into IPv6, in the one spelling that the URL standard gives. */
const loopbackV6 = /^\[::(1|ffff:7f[\da-f]{2}:[\da-f]{1,4})\]$/;

/**
 * Whether nothing but this machine can reach, or stand behind, that host. Decided by what is
 * written: a name other than `localhost` may resolve to anything.
 */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (bare.toLowerCase() === 'localhost') return true;
  return bare.includes(':') ? loopbackV6.test(spelledOnce(bare)) : loopbackV4.test(bare);
}

/** An IPv6 address in its shortest spelling, in brackets; anything else comes back empty. */
function spelledOnce(address: string): string {
  const url = `http://[${address}]`;
  return /^[\da-f:.]+$/i.test(address) && URL.canParse(url) ? new URL(url).hostname : '';
}
