import type { Authentication } from '../../control/server/ports.ts';
import { createRateLimiter } from '../../control/server/rate-limit.ts';
import type { Clock } from '../../core/clock.ts';
import { kubernetesWords } from '../../protocols/kubernetes/dialect.ts';
import { type DoorParts, kubernetesDoor, type ProtocolAdapters } from '../protocols.ts';
import { createDirectSession } from './direct-session.ts';
import { createKubernetesFront, type KubernetesFront } from './kubernetes-front.ts';
import { createTokenSessions, type TokenSessions } from './token-sessions.ts';

export interface KubernetesClientsOptions {
  readonly clock: Clock;
  readonly adapters: Pick<ProtocolAdapters, 'kubernetes'>;
  readonly authentication: Pick<Authentication, 'authenticate'>;
  readonly parts: DoorParts;
  readonly requestsPerPrincipal: number;
  readonly patienceMs: number;
  readonly onDefect: (error: unknown, where: string) => void;
}

/** Kubernetes clients that come to the gateway itself, and not through a tunnel. */
export interface KubernetesClients {
  readonly front: KubernetesFront;
  readonly sessions: TokenSessions;
}

const idleMs = 5 * 60_000;
const failureLimit = { burst: 200, perSecond: 100 };

export function createKubernetesClients(options: KubernetesClientsOptions): KubernetesClients {
  const { clock, adapters, authentication, parts, requestsPerPrincipal } = options;
  const { footing } = parts;
  const sessions = createTokenSessions({
    ...{ clock, requestsPerPrincipal },
    endSessions: (id, refusal) => parts.sessions.endAll(refusal, ({ tunnelId }) => tunnelId === id),
    sessionFor: (passage) =>
      createDirectSession({
        admit: (client) => kubernetesDoor(parts, passage).admit({ client }),
        open: adapters.kubernetes.open,
        words: kubernetesWords,
        standing: footing,
        idleMs,
      }),
  });
  const failures = createRateLimiter(failureLimit, clock);
  const { patienceMs, onDefect } = options;
  const front = createKubernetesFront({
    ...{ footing, authentication, sessions, failures, patienceMs, onDefect },
  });
  return { front, sessions };
}
