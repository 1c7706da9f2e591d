import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { GatewayDeps } from './gateway.ts';

/** Traces, loaded only where the configuration asks; null: there are none. */
export async function openTracing(
  { tracing }: GatewayConfig,
  { version, log }: Pick<GatewayDeps, 'version' | 'log'>,
): Promise<Tracing | null> {
  if (tracing === null) return null;
  const { createTracing } = await import('../tracing/tracing.ts');
  log.info({ endpoint: tracing.endpoint, sample: tracing.sample }, 'traces are sent');
  return createTracing({ ...tracing, version, log });
}
