import { gatewayStopping } from '../core/gate-refusals.ts';
import type { Browsers } from './browser/browsers.ts';
import type { KubernetesClients } from './direct/kubernetes-clients.ts';
import type { GatewayLimits } from './limits.ts';
import type { GatewayLog } from './log.ts';
import type { SessionRegistry } from './sessions.ts';
import type { TunnelRegistry } from './tunnels.ts';

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
  tunnels.drain(gatewayStopping);
  browsers.logins.drain(gatewayStopping);
  kubernetes.sessions.drain(gatewayStopping);
  sessions.drain(gatewayStopping);
  if (!(await sessions.emptied(limits.stopWithinMs))) {
    log.warn({}, 'some sessions did not finish in time, and are ended');
    sessions.endAll(gatewayStopping);
    await sessions.emptied(limits.farewellMs);
  }
  tunnels.endAll(gatewayStopping);
  browsers.logins.endAll(gatewayStopping);
  kubernetes.sessions.endAll(gatewayStopping);
}
