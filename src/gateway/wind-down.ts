import type { Refusal } from '../core/refusal.ts';
import type { Browsers } from './browser/browsers.ts';
import type { KubernetesClients } from './direct/kubernetes-clients.ts';
import type { GatewayLimits } from './limits.ts';
import type { GatewayLog } from './log.ts';
import type { SessionRegistry } from './sessions.ts';
import type { TunnelRegistry } from './tunnels.ts';

const stopping: Refusal = {
  code: 'GATEWAY_STOPPING',
  message: 'the gateway is stopping',
  hint: 'Try again when it is back.',
};

interface WindDown {
  readonly tunnels: TunnelRegistry;
  readonly browsers: Browsers;
  readonly kubernetes: KubernetesClients;
  readonly sessions: SessionRegistry;
  readonly limits: GatewayLimits;
  readonly log: GatewayLog;
}

/** Nothing new; what waits ends; what runs may finish; then everything ends. */
export async function windDown(parts: WindDown): Promise<void> {
  const { tunnels, browsers, kubernetes, sessions, limits, log } = parts;
  tunnels.drain(stopping);
  browsers.logins.drain(stopping);
  kubernetes.sessions.drain(stopping);
  sessions.drain(stopping);
  if (!(await sessions.emptied(limits.stopWithinMs))) {
    log.warn({}, 'some sessions did not finish in time, and are ended');
    sessions.endAll(stopping);
    await sessions.emptied(limits.farewellMs);
  }
  tunnels.endAll(stopping);
  browsers.logins.endAll(stopping);
  kubernetes.sessions.endAll(stopping);
}
