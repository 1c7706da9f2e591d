import { createHttpAdapter, type HttpAdapter } from '../http/adapter.ts';
import type { HttpLimits } from '../http/limits.ts';
import { createKubernetesDialect, kubernetesWords } from './dialect.ts';
import type { KubernetesTarget } from './target.ts';
import { createTokenSource } from './token-source.ts';
import { RefusedUpgrades } from './upgraded/refused-upgrades.ts';

export interface KubernetesAdapterOptions {
  readonly limits?: Partial<HttpLimits>;
}

/** An API server behind the gate: HTTP, with requests understood as Kubernetes means them. */
export function createKubernetesAdapter({
  limits,
}: KubernetesAdapterOptions = {}): HttpAdapter<KubernetesTarget> {
  const shared = {
    tokens: createTokenSource(),
    refusedUpgrades: new RefusedUpgrades(() => performance.now()),
  };
  return createHttpAdapter({
    dialect: (grant) => createKubernetesDialect(grant, shared),
    words: kubernetesWords,
    ...(limits === undefined ? {} : { limits }),
  });
}
