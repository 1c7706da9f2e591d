import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Entry {
  readonly payload: AdapterPayload;
  /** Milliseconds since the epoch; NaN when it never expires. */
  readonly expiresAt: number;
}

/** What the provider remembers, in memory, for as long as it runs. */
export function createProviderStorage(): (model: string) => Adapter {
  const models = new Map<string, Map<string, Entry>>();
  return (model) => {
    const entries = models.get(model) ?? new Map<string, Entry>();
    models.set(model, entries);
    return createAdapter(entries);
  };
}

function createAdapter(entries: Map<string, Entry>): Adapter {
  const where = async (test: (payload: AdapterPayload) => boolean) =>
    [...entries.values()].find((entry) => isAlive(entry) && test(entry.payload))?.payload;

  return {
    upsert: async (id, payload, expiresIn) => {
      for (const [other, entry] of entries) if (!isAlive(entry)) entries.delete(other);
      entries.set(id, { payload, expiresAt: Date.now() + (expiresIn ?? Number.NaN) * 1000 });
    },
    find: async (id) => {
      const entry = entries.get(id);
      return entry !== undefined && isAlive(entry) ? entry.payload : undefined;
    },
    findByUid: (uid) => where((payload) => payload.uid === uid),
    findByUserCode: (userCode) => where((payload) => payload.userCode === userCode),
    consume: async (id) => {
      const entry = entries.get(id);
      if (entry !== undefined) entry.payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => {
      entries.delete(id);
    },
    revokeByGrantId: async (grantId) => {
      for (const [id, { payload }] of entries) if (payload.grantId === grantId) entries.delete(id);
    },
  };
}

/** Without a lifetime `expiresAt` is NaN, which no time is later than. */
function isAlive({ expiresAt }: Entry): boolean {
  return !(expiresAt <= Date.now());
}
