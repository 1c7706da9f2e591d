import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { defaultLimits as defaultControlLimits } from '../control/server/limits.ts';
import { type ControlServer, startControlServer } from '../control/server/server.ts';
import { auditPrincipal } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import type { Refusal } from '../core/refusal.ts';
import { startedRecord } from './audit.ts';
import { createAuthentication } from './authentication.ts';
import { type Browsers, createBrowsers } from './browser/browsers.ts';
import { createDiversion } from './direct/diversion.ts';
import { createKubernetesClients, type KubernetesClients } from './direct/kubernetes-clients.ts';
import { createErasureDesk } from './erasure-desk.ts';
import { type Foundation, layFoundation, releaseFoundation } from './foundation.ts';
import { defaultLimits, type GatewayLimits } from './limits.ts';
import type { GatewayLog } from './log.ts';
import type { Monitoring } from './monitoring.ts';
import { type DoorParts, type ProtocolAdapters, serveStream } from './protocols.ts';
import { createReadings, type Readings } from './readings.ts';
import { createRecordingDesk } from './recording-desk.ts';
import { createSessionRegistry } from './sessions.ts';
import { createTally, type Tally } from './tally.ts';
import { createTunnelRegistry, type TunnelRegistry } from './tunnels.ts';
import { createUnmasking } from './unmasking.ts';
import { connectionsOf, infoOf } from './views.ts';
import { windDown } from './wind-down.ts';

export interface GatewayDeps {
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly version: string;
  readonly adapters: ProtocolAdapters;
  /** Reads the configuration again, for `reload`. Throws `UserError` for a bad one. */
  readonly readConfig: () => Promise<GatewayConfig>;
  readonly limits?: Partial<GatewayLimits>;
}

export interface RunningGateway {
  /** Where it listens: `https://127.0.0.1:7443`. */
  readonly url: string;
  /** False when the configuration was refused: then nothing has changed. */
  reload(): Promise<boolean>;
  /** Lets what runs finish, for so long as the limit says, and ends the rest. */
  close(): Promise<void>;
}

const sweepEveryMs = 250;
const retainEveryMs = 60_000;

/** Wires everything together. @throws UserError for what whoever runs it can mend */
export async function startGateway(
  config: GatewayConfig,
  deps: GatewayDeps,
): Promise<RunningGateway> {
  const { clock, log, version } = deps;
  const { hostKey } = deps.adapters;
  const monitoring = await monitoringFor(config, deps);
  const onStoreWrite = monitoring?.storeWrote ?? null;
  const foundation = await layFoundation(config, { clock, log, version, hostKey, onStoreWrite });
  const { audit, approvals } = foundation;
  const tally = createTally();
  try {
    await monitoring?.start(foundation, tally);
    await approvals.recover();
    await audit.append(startedRecord(config, deps.version));
    const serving = await serveGateway(deps, foundation, tally);
    monitoring?.serving();
    return {
      ...serving,
      async close() {
        monitoring?.stopping();
        await serving.close();
        await monitoring?.close();
        await foundation.recordings.settled();
        audit.note({ type: 'gateway_stopped' });
        await releaseFoundation(foundation);
      },
    };
  } catch (error) {
    await monitoring?.close();
    await releaseFoundation(foundation);
    throw error;
  }
}

async function monitoringFor(
  { metrics }: GatewayConfig,
  deps: GatewayDeps,
): Promise<Monitoring | null> {
  if (metrics === null) return null;
  const { createMonitoring } = await import('./monitoring.ts');
  return createMonitoring(metrics, deps);
}

async function serveGateway(
  deps: GatewayDeps,
  foundation: Foundation,
  tally: Tally,
): Promise<RunningGateway> {
  const { standing, store, audit, approvals, recordings } = foundation;
  const { clock, log, readConfig } = deps;
  const { footing } = standing;
  const { config } = footing();
  const limits = { ...defaultLimits, ...deps.limits };
  const onDefect = (error: unknown, where: string) =>
    log.error({ err: error, where }, 'a defect in the gateway');

  const authentication = createAuthentication(config.identity, store.revocations, {
    ...{ clock, log, audit },
  });
  const sessions = createSessionRegistry({
    clock,
    log,
    tally,
    limit: limits.sessions,
    limitPerPrincipal: limits.sessionsPerPrincipal,
    isOperator: ({ groups }) =>
      footing().config.gateway.operators.some((group) => groups.includes(group)),
  });
  approvals.subscribe(({ id, endedAt }) => {
    if (endedAt !== null) sessions.requestEnded(id);
  });
  const unmasking = createUnmasking({ footing, approvals, clock, store: store.requests });
  const parts = { ...doorPartsFrom(deps, foundation, { sessions, tally }, limits), unmasking };
  const tunnels = tunnelsOver(deps, parts, { limits, audit, onDefect });
  const browsers = createBrowsers({
    ...{ clock, log, adapters: deps.adapters, authentication, parts, onDefect },
  });
  const { host, port, tls } = config.gateway;
  const { patienceMs } = { ...defaultControlLimits, ...limits.control };
  const kubernetes = createKubernetesClients({
    ...{ clock, adapters: deps.adapters, authentication, parts, onDefect },
    ...{ requestsPerPrincipal: limits.directRequestsPerPrincipal, patienceMs },
  });
  const readings = createReadings(clock);
  const server = await startControlServer({
    ...{ host, port, tls, clock, onDefect, limits: limits.control },
    diversion: createDiversion({
      ...{ browsers: browsers.front, kubernetes: kubernetes.front, patienceMs },
    }),
    ports: {
      info: () => infoOf(footing().config, deps.version),
      authentication,
      requests: approvals,
      tunnels: { ...tunnels, endAllOf: endingEverywhere(tunnels, browsers, kubernetes, readings) },
      sessions,
      connections: connectionsOf(footing),
      unmasking,
      reviewerKeys: store.reviewerKeys,
      recordings: createRecordingDesk({
        ...{ recordings, readings, clock, isOperator: sessions.isOperator },
        onRead: ({ reader, recording, file }) => {
          const by = auditPrincipal(reader);
          return audit.append({
            ...{ type: 'recording_read', session: recording, principal: by, how: file },
          });
        },
      }),
      audit: store.audit,
      erasures: createErasureDesk({ store: store.erasure, recordings, log }),
    },
  });
  const sweeping = setInterval(() => {
    tunnels.sweep();
    browsers.logins.sweep();
    kubernetes.sessions.sweep();
  }, sweepEveryMs);
  await recordings.sweep();
  const retaining = setInterval(() => void recordings.sweep(), retainEveryMs);
  const url = urlOf(config, server);
  log.info({ url, revision: config.revision }, 'the gateway listens');
  return {
    url,
    reload: () => standing.reload({ readConfig, authentication, server, audit, log }),
    async close() {
      await windDown({ tunnels, browsers, kubernetes, sessions, limits, log });
      clearInterval(sweeping);
      clearInterval(retaining);
      await server.close();
      log.info({}, 'the gateway has stopped');
    },
  };
}

function doorPartsFrom(
  { log }: GatewayDeps,
  { standing, audit, approvals, recordings, tracing }: Foundation,
  { sessions, tally }: Pick<DoorParts, 'sessions' | 'tally'>,
  { reminderMs }: GatewayLimits,
): Omit<DoorParts, 'unmasking'> {
  const { footing } = standing;
  const onOutcomeLost = (requestId: string, error: unknown) =>
    log.error({ err: error, requestId }, 'an operation ran, and its outcome could not be stored');
  const onFailure = (error: unknown, refusal: Refusal | null) =>
    log.error({ err: error, refusal: refusal?.message }, 'refused, for want of a working store');
  return {
    ...{ footing, sessions, tally, approvals, audit, recordings, tracing, reminderMs },
    ...{ onOutcomeLost, onFailure },
  };
}

interface TunnelParts {
  readonly limits: GatewayLimits;
  readonly audit: AuditLog;
  readonly onDefect: (error: unknown, where: string) => void;
}

function tunnelsOver(
  { clock, adapters }: GatewayDeps,
  parts: DoorParts,
  { limits, audit, onDefect }: TunnelParts,
): TunnelRegistry {
  const { footing, sessions } = parts;
  return createTunnelRegistry({
    clock,
    limits,
    footing,
    serve: (stream, passage) => serveStream(adapters, parts, passage.protocol, stream, passage),
    endSessions: (tunnelId, refusal) =>
      sessions.endAll(refusal, (session) => session.tunnelId === tunnelId),
    audit,
    onDefect,
  });
}

/** Who logs out of the gateway has logged out of it everywhere. */
function endingEverywhere(
  tunnels: TunnelRegistry,
  { logins }: Browsers,
  { sessions }: KubernetesClients,
  readings: Readings,
): TunnelRegistry['endAllOf'] {
  return (principal, refusal) => {
    tunnels.endAllOf(principal, refusal);
    logins.endAllOf(principal, refusal);
    sessions.endAllOf(principal, refusal);
    readings.endAllOf(principal);
  };
}

function urlOf({ gateway }: GatewayConfig, { address }: ControlServer): string {
  const host = gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host;
  return `${gateway.tls === null ? 'http' : 'https'}://${host}:${address.port}`;
}
