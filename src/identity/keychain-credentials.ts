import type { CredentialStore } from './credential-store.ts';

const service = 'hoopx';
/** A locked keychain may ask its owner in a window of its own. */
const patienceMs = 30_000;

/** The system's keychain: Keychain, Credential Manager, or the Secret Service. */
export function keychainCredentials(): CredentialStore {
  return {
    place: 'keychain',
    read: async (key) => {
      const { getPassword } = await load();
      // The Secret Service's absence is an error, a missing entry is null or undefined.
      return (await withPatience(getPassword(service, key))) ?? null;
    },
    write: async (key, text) => {
      const { setPassword } = await load();
      await withPatience(setPassword(service, key, text));
    },
    remove: async (key) => {
      const { deletePassword } = await load();
      await withPatience(deletePassword(service, key));
    },
  };
}

function load() {
  return import('keytar/keytar.js');
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const lapse = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the keychain does not answer')), patienceMs);
  });
  try {
    return await Promise.race([work, lapse]);
  } finally {
    clearTimeout(timer);
  }
}
