import type { GatewayConfig } from '../config/gateway-config.ts';
import { createExposition, type Exposition } from '../metrics/exposition.ts';
import type { Readings } from '../metrics/readings.ts';
import { startMetricsServer } from '../metrics/server.ts';
import type { Foundation } from './foundation.ts';
import type { GatewayDeps } from './gateway.ts';
import { createReadiness } from './readiness.ts';
import { createRequestTally, type RequestTally } from './request-tally.ts';
import type { Tally } from './tally.ts';

/** Metrics and health, on a listener of their own. Loaded only where the configuration asks. */
export interface Monitoring {
  storeWrote(seconds: number): void;
  /** Answers from then on; ready once `serving`. @throws UserError METRICS_LISTEN */
  start(foundation: Foundation, tally: Tally): Promise<void>;
  serving(): void;
  stopping(): void;
  close(): Promise<void>;
}

export function createMonitoring(
  listen: NonNullable<GatewayConfig['metrics']>,
  { version, clock, log }: Pick<GatewayDeps, 'version' | 'clock' | 'log'>,
): Monitoring {
  const exposition = createExposition(version);
  let phase: string | null = 'the gateway is starting';
  let close = async () => {};

  return {
    storeWrote: exposition.storeWrote,
    async start(foundation, tally) {
      const { store, audit, approvals, standing } = foundation;
      const { config } = standing.footing();
      const requests = await createRequestTally(store.requests, clock, exposition.waited);
      const unsubscribe = approvals.subscribe(requests.changed);
      const folders = { audit: config.audit.folder, recordings: config.recording.folder };
      const server = await startMetricsServer({
        ...listen,
        metrics: () => rendered(exposition, readingsOf(foundation, tally, requests)),
        obstacles: createReadiness({ store, audit, folders, phase: () => phase }),
        onDefect: (error, where) => log.error({ err: error, where }, 'a defect in the gateway'),
      });
      log.info({ host: listen.host, port: server.port }, 'metrics and health are served');
      close = async () => {
        unsubscribe();
        await server.close();
      };
    },
    serving() {
      phase = null;
    },
    stopping() {
      phase = 'the gateway is stopping';
    },
    close: () => close(),
  };
}

async function rendered(exposition: Exposition, readings: Promise<Readings>) {
  return { type: exposition.contentType, text: await exposition.render(await readings) };
}

async function readingsOf(
  { store, audit, sinks, recordings, tracing }: Foundation,
  { protocols, refusals }: Tally,
  { open, entered }: RequestTally,
): Promise<Readings> {
  const head = await store.audit.head().then(
    (found) => found?.seq ?? 0,
    () => null,
  );
  const counts = Object.entries(protocols);
  return {
    sessions: counts.map(([protocol, each]) => ({ protocol, open: each.open, begun: each.begun })),
    operations: counts.flatMap(([protocol, { verdicts }]) =>
      Object.entries(verdicts).flatMap(([verdict, { passed, refused }]) => [
        { protocol, verdict, result: 'passed', count: passed } as const,
        { protocol, verdict, result: 'refused', count: refused } as const,
      ]),
    ),
    refusals,
    requests: { open: open(), entered },
    recording: recordings.totals(),
    spans: tracing?.counts() ?? null,
    audit: { seq: head, ...audit.standing(), sinks: sinks.states() },
  };
}
