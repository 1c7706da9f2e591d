import type { GatewayConfig } from '../config/gateway-config.ts';

/** What a running gateway cannot change, of what differs. */
export function needsRestart(before: GatewayConfig, after: GatewayConfig): readonly string[] {
  const differs = (read: (config: GatewayConfig) => unknown) =>
    JSON.stringify(read(before)) !== JSON.stringify(read(after));
  const changes: string[] = [];
  if (differs(({ gateway }) => [gateway.host, gateway.port])) changes.push('gateway.listen');
  if (differs(({ gateway }) => gateway.tls === null)) changes.push('gateway.tls');
  if (differs(({ store }) => store)) changes.push('store');
  return changes;
}
