import type { Store } from '../store/store.ts';

/** The store, telling how long each of its changes took. */
export function timedStore(store: Store, took: (seconds: number) => void): Store {
  async function timed<Result>(change: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    try {
      return await change();
    } finally {
      took((performance.now() - began) / 1_000);
    }
  }
  const { audit, requests } = store;
  return {
    ...store,
    audit: { ...audit, append: (entries) => timed(() => audit.append(entries)) },
    requests: {
      ...requests,
      insert: (request, openLimit) => timed(() => requests.insert(request, openLimit)),
      update: (id, change) => timed(() => requests.update(id, change)),
    },
  };
}
