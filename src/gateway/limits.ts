import type { ControlLimits } from '../control/server/limits.ts';
import type { TunnelLimits } from './tunnels.ts';

export interface GatewayLimits extends TunnelLimits {
  readonly sessions: number;
  readonly sessionsPerPrincipal: number;
  /** Of Kubernetes clients without a tunnel, under way at a time. */
  readonly directRequestsPerPrincipal: number;
  /** How often a held client is told that it still waits. */
  readonly reminderMs: number;
  /** How long running operations may go on when the gateway stops. */
  readonly stopWithinMs: number;
  readonly control: Partial<ControlLimits>;
}

export const defaultLimits: GatewayLimits = {
  tunnelsPerPrincipal: 50,
  streamsPerTunnel: 500,
  heartbeatEveryMs: 10_000,
  silenceMs: 30_000,
  farewellMs: 5_000,
  sessions: 2_000,
  sessionsPerPrincipal: 500,
  directRequestsPerPrincipal: 1_000,
  reminderMs: 60_000,
  stopWithinMs: 30_000,
  control: {},
};
