import { randomUUID } from 'node:crypto';
import { SpanStatusCode } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_ERROR_TYPE,
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import type { Protocol } from '../core/facts.ts';
import type { Principal } from '../core/principal.ts';
import type { RefusalCode } from '../core/refusal.ts';
import type { HeldRequest } from '../core/request.ts';
import { type CollectorOptions, createCollector } from './collector.ts';
import { createHarmless } from './harmless.ts';
import {
  createSessionTrace,
  type SessionAbout,
  type SessionTrace,
  startRoot,
} from './session-trace.ts';
import { createSpanQueue, type SpanCounts, type SpanQueueLimits } from './span-queue.ts';
import { createWaiting } from './waiting.ts';

export interface TracingOptions extends CollectorOptions {
  /** The share of traces that is kept: more than 0, at most 1. */
  readonly sample: number;
  readonly version: string;
  readonly log: TracingLog;
  readonly limits?: Partial<SpanQueueLimits>;
}

/** What this folder tells the operators; pino's loggers are such. */
interface TracingLog {
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

/** OpenTelemetry traces of what the gateway does. Nothing here is waited for, or can refuse. */
export interface Tracing {
  sessionBegan(about: SessionAbout): SessionTrace;
  /** A whole session that was not let in. */
  sessionRefused(protocol: Protocol, by: Pick<Principal, 'kind'>, code: RefusalCode): void;
  requestChanged(request: HeldRequest): void;
  counts(): SpanCounts;
  /** Two seconds at most for what has not been taken yet. */
  close(): Promise<void>;
}

const farewellMs = 2_000;

/** The SDK's globals stay as they are, and the environment is not read: see the tests. */
export function createTracing(options: TracingOptions): Tracing {
  const { sample, version, log, endpoint } = options;
  const queue = createSpanQueue({
    collector: createCollector(options),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    onTrouble: (why) =>
      log.warn({ endpoint, why }, 'traces are not taken, and are lost while this lasts'),
  });
  const provider = new TracerProvider({
    sampler: new TraceIdRatioBasedSampler(sample),
    resource: resourceOf(version),
    spanProcessors: [queue.processor],
  });
  const tracer = provider.getTracer('hoopx', version);
  const harmless = createHarmless((err) => log.error({ err, where: 'tracing' }, 'a defect'));
  const waiting = createWaiting();
  const onSkipped = () => queue.lost('too many operations of a session are open');
  const parts = { tracer, waiting, harmless, onSkipped };
  return {
    sessionBegan: (about) => createSessionTrace(parts, about),
    sessionRefused: (protocol, { kind }, code) =>
      harmless(() => {
        const span = startRoot(tracer, 'hoopx session');
        span.setAttributes({ 'hoopx.protocol': protocol, 'hoopx.principal.kind': kind });
        span.setAttribute(ATTR_ERROR_TYPE, code);
        span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        span.end();
      }),
    requestChanged: (request) => harmless(() => waiting.changed(request)),
    counts: queue.counts,
    close: () => queue.close(farewellMs),
  };
}

function resourceOf(version: string) {
  return defaultResource().merge(
    resourceFromAttributes({
      [ATTR_SERVICE_NAME]: 'hoopx',
      [ATTR_SERVICE_VERSION]: version,
      [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
    }),
  );
}
