import type {
  Algorithms,
  CipherAlgorithm,
  KexAlgorithm,
  MacAlgorithm,
  ServerHostKeyAlgorithm,
} from 'ssh2';
import { RefusedError } from '../../core/refusal.ts';
import type { SshAlgorithms } from './target.ts';

/** Of one purpose: `sound` ones are offered, the first that both sides know is used. */
interface Known<Name extends string> {
  readonly sound: readonly Name[];
  /** Taken only where the configuration names them. */
  readonly old: readonly Name[];
}

const kex: Known<KexAlgorithm> = {
  sound: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  old: [
    'diffie-hellman-group-exchange-sha1',
    'diffie-hellman-group14-sha1',
    'diffie-hellman-group1-sha1',
  ],
};

/** The first is the fastest by far where the processor knows AES, as nearly all do. */
const ciphers: Known<CipherAlgorithm> = {
  sound: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  old: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
};

const macs: Known<MacAlgorithm> = {
  sound: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
  ],
  old: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'],
};

const hostKeys: Known<ServerHostKeyAlgorithm> = {
  sound: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  old: ['ssh-rsa', 'ssh-dss'],
};

/**
 * For clients. They choose by their own order, and most put ChaCha20 first, which is several
 * times slower here: so it is not among what they can choose.
 */
export const clientAlgorithms: Algorithms = {
  kex: [...kex.sound],
  cipher: ciphers.sound.filter((name) => !name.startsWith('chacha20')),
  hmac: [...macs.sound],
  compress: ['none'],
};

/**
 * For a server. `knownTypes` are those of its keys that are known: they are asked for first, so
 * that it proves itself with one of them. Throws RefusedError for a name that does not exist.
 */
export function serverAlgorithms(
  asked: SshAlgorithms,
  knownTypes: ReadonlySet<string>,
): Algorithms {
  const keys = choose('host key algorithm', asked.hostKeys, hostKeys);
  const rank = (name: string) => (knownTypes.has(keyTypeOf(name)) ? 0 : 1);
  return {
    kex: choose('key exchange', asked.kex, kex),
    cipher: choose('cipher', asked.ciphers, ciphers),
    hmac: choose('MAC', asked.macs, macs),
    serverHostKey: keys.sort((one, other) => rank(one) - rank(other)),
    compress: ['none'],
  };
}

/** An RSA key signs in several ways. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}

function choose<Name extends string>(
  what: string,
  asked: readonly string[],
  known: Known<Name>,
): Name[] {
  if (asked.length === 0) return [...known.sound];
  const all = [...known.sound, ...known.old];
  return asked.map((name) => {
    const found = all.find((one) => one === name);
    if (found !== undefined) return found;
    throw new RefusedError({
      code: 'UPSTREAM_UNREACHABLE',
      message: `the connection is configured with the ${what} "${name}", which hoopx does not know`,
      hint: `It knows ${all.join(', ')}.`,
    });
  });
}
