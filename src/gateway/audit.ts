import { type AuditLog, openAuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { AuditBody } from '../core/audit-record.ts';
import type { Sinks } from '../sinks/sinks.ts';
import type { Store } from '../store/store.ts';
import { openAnchor } from './anchor-store.ts';
import type { GatewayDeps } from './gateway.ts';

/** The gateway's audit log, as its configuration says. @throws UserError */
export async function openAudit(
  { audit: { folder, keyFile, anchors }, gateway: { publicUrl } }: GatewayConfig,
  store: Pick<Store, 'audit'>,
  { clock, log }: Pick<GatewayDeps, 'clock' | 'log'>,
): Promise<AuditLog> {
  const origin = `${new URL(publicUrl).host}/audit`;
  return openAuditLog({
    ...{ ledger: store.audit, folder, keyFile, origin, clock, log },
    anchors: await Promise.all(anchors.map((anchor) => openAnchor(anchor, log))),
  });
}

/** What sends the log on, as the configuration says. @throws UserError */
export async function openAuditSinks(
  { audit: { folder, sinks }, gateway: { publicUrl } }: GatewayConfig,
  store: Pick<Store, 'audit'>,
  { log, version }: Pick<GatewayDeps, 'log' | 'version'>,
): Promise<Sinks> {
  if (sinks.length === 0) return { states: () => [], close: async () => {} };
  const { openSinks } = await import('../sinks/sinks.ts');
  const host = new URL(publicUrl).hostname;
  return openSinks(sinks, { ledger: store.audit, folder, host, version, log });
}

export function startedRecord(
  { revision, gateway: { publicUrl } }: GatewayConfig,
  version: string,
): AuditBody {
  return { type: 'gateway_started', version, revision, publicUrl };
}
