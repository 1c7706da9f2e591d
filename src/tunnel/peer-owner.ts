import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/** Whether the other end of a loopback connection belongs to the same user of this machine. */
export type PeerOwner = 'same' | 'other' | 'unknown';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Asks Linux's socket table (proc(5)). A table that does not show our own end is not to be
 * relied on; one that shows ours and not the peer's tells of a peer that is not of this user.
 */
export async function peerOwner(socket: Socket): Promise<PeerOwner> {
  const uid = process.getuid?.();
  const ours = endpoint(socket.localAddress, socket.localPort);
  const theirs = endpoint(socket.remoteAddress, socket.remotePort);
  if (uid === undefined || process.platform !== 'linux' || ours === null || theirs === null) {
    return 'unknown';
  }
  const owners = new Map<string, number | null>();
  for (const table of tables) {
    for (const line of (await readTable(table)).split('\n').slice(1)) {
      const [, local, remote, , , , , owner, , inode] = line.trim().split(/\s+/);
      // A socket that its process has closed is listed as root's, whoever had it.
      const known = inode === '0' ? null : Number(owner);
      if (local !== undefined) owners.set(`${local} ${remote}`, known);
    }
  }
  const seen = (from: readonly string[], to: readonly string[]): number | null | undefined =>
    from
      .flatMap((local) => to.map((remote) => owners.get(`${local} ${remote}`)))
      .find((owner) => owner !== undefined);
  if (seen(ours, theirs) === undefined) return 'unknown';
  return seen(theirs, ours) === uid ? 'same' : 'other';
}

/** The ways in which the tables may write an address: as IPv4, and mapped into IPv6. */
function endpoint(address: string | undefined, port: number | undefined): string[] | null {
  if (address === undefined || port === undefined) return null;
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  if (address === '::1') return [hex([0, 0, 0, 1]) + end];
  const v4 = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (v4 === null) return null;
  const word = v4.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0);
  return [hex([word]) + end, hex([0, 0, 0xffff, word]) + end];
}

/** The kernel prints each 32-bit word of the address in its own byte order. */
function hex(words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) {
    if (endianness() === 'LE') bytes.writeUInt32LE(word, index * 4);
    else bytes.writeUInt32BE(word, index * 4);
  }
  return bytes.toString('hex').toUpperCase();
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return '';
  }
}
