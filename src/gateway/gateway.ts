import { type ApprovalService, createApprovals } from '../approvals/service.ts';
import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { type ControlServer, startControlServer } from '../control/server/server.ts';
import type { Clock } from '../core/clock.ts';
import type { Refusal } from '../core/refusal.ts';
import { openStore, type Store } from '../store/store.ts';
import { openAudit, startedRecord } from './audit.ts';
import { createAuthentication } from './authentication.ts';
import { type Browsers, createBrowsers } from './browser/browsers.ts';
import { mintRequestId } from './ids.ts';
import { defaultLimits, type GatewayLimits } from './limits.ts';
import type { GatewayLog } from './log.ts';
import { type DoorParts, type ProtocolAdapters, serveStream } from './protocols.ts';
import { createSessionRegistry, type SessionRegistry } from './sessions.ts';
import { createStanding, type Standing } from './standing.ts';
import { createTunnelRegistry, type TunnelRegistry } from './tunnels.ts';
import { connectionsOf, infoOf } from './views.ts';

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

const stopping: Refusal = {
  code: 'GATEWAY_STOPPING',
  message: 'the gateway is stopping',
  hint: 'Try again when it is back.',
};

/** Wires everything together. @throws UserError for what whoever runs it can mend */
export async function startGateway(
  config: GatewayConfig,
  deps: GatewayDeps,
): Promise<RunningGateway> {
  const { clock, log } = deps;
  const standing = createStanding(config, deps.adapters.hostKey);
  const store = await openStore(config.store, clock);
  const audit = await openAudit(config, store, deps).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const approvals = createApprovals({
    ...{ clock, log, mintId: mintRequestId },
    store: store.requests,
    keys: store.reviewerKeys,
  });
  const release = async () => {
    await approvals.stop();
    await audit.close();
    await store.close();
  };
  try {
    await approvals.recover();
    await audit.append(startedRecord(config, deps.version));
    const serving = await serveGateway(deps, { standing, store, audit, approvals });
    return {
      ...serving,
      async close() {
        await serving.close();
        audit.note({ type: 'gateway_stopped' });
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

interface Foundation {
  readonly standing: Standing;
  readonly store: Store;
  readonly audit: AuditLog;
  readonly approvals: ApprovalService;
}

async function serveGateway(deps: GatewayDeps, foundation: Foundation): Promise<RunningGateway> {
  const { standing, store, audit, approvals } = foundation;
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
    limit: limits.sessions,
    limitPerPrincipal: limits.sessionsPerPrincipal,
    isOperator: ({ groups }) =>
      footing().config.gateway.operators.some((group) => groups.includes(group)),
  });
  approvals.subscribe(({ id, endedAt }) => {
    if (endedAt !== null) sessions.requestEnded(id);
  });
  const parts = doorPartsFrom(deps, foundation, sessions, limits);
  const tunnels = tunnelsOver(deps, parts, { limits, audit, onDefect });
  const browsers = createBrowsers({
    ...{ clock, log, adapters: deps.adapters, authentication, parts, onDefect },
  });
  const { host, port, tls } = config.gateway;
  const server = await startControlServer({
    ...{ host, port, tls, clock, onDefect, limits: limits.control },
    diversion: browsers.front,
    ports: {
      info: () => infoOf(footing().config, deps.version),
      authentication,
      requests: approvals,
      tunnels: { ...tunnels, endAllOf: endingBoth(tunnels, browsers) },
      sessions,
      connections: connectionsOf(footing),
      reviewerKeys: store.reviewerKeys,
      audit: store.audit,
    },
  });
  const sweeping = setInterval(() => {
    tunnels.sweep();
    browsers.logins.sweep();
  }, sweepEveryMs);
  const url = urlOf(config, server);
  log.info({ url, revision: config.revision }, 'the gateway listens');
  return {
    url,
    reload: () => standing.reload({ readConfig, authentication, server, audit, log }),
    async close() {
      await windDown({ tunnels, browsers, sessions, limits, log });
      clearInterval(sweeping);
      await server.close();
      log.info({}, 'the gateway has stopped');
    },
  };
}

function doorPartsFrom(
  { log }: GatewayDeps,
  { standing, audit, approvals }: Foundation,
  sessions: SessionRegistry,
  { reminderMs }: GatewayLimits,
): DoorParts {
  const { footing } = standing;
  const onOutcomeLost = (requestId: string, error: unknown) =>
    log.error({ err: error, requestId }, 'an operation ran, and its outcome could not be stored');
  const onFailure = (error: unknown, refusal: Refusal | null) =>
    log.error({ err: error, refusal: refusal?.message }, 'refused, for want of a working store');
  return { footing, sessions, approvals, audit, reminderMs, onOutcomeLost, onFailure };
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
function endingBoth(tunnels: TunnelRegistry, { logins }: Browsers): TunnelRegistry['endAllOf'] {
  return (principal, refusal) => {
    tunnels.endAllOf(principal, refusal);
    logins.endAllOf(principal, refusal);
  };
}

interface WindDown {
  readonly tunnels: TunnelRegistry;
  readonly browsers: Browsers;
  readonly sessions: SessionRegistry;
  readonly limits: GatewayLimits;
  readonly log: GatewayLog;
}

/** Nothing new; what waits ends; what runs may finish; then everything ends. */
async function windDown(parts: WindDown): Promise<void> {
  const { tunnels, browsers, sessions, limits, log } = parts;
  tunnels.drain(stopping);
  browsers.logins.drain(stopping);
  sessions.drain(stopping);
  if (!(await sessions.emptied(limits.stopWithinMs))) {
    log.warn({}, 'some sessions did not finish in time, and are ended');
    sessions.endAll(stopping);
    await sessions.emptied(limits.farewellMs);
  }
  tunnels.endAll(stopping);
  browsers.logins.endAll(stopping);
}

function urlOf({ gateway }: GatewayConfig, { address }: ControlServer): string {
  const host = gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host;
  return `${gateway.tls === null ? 'http' : 'https'}://${host}:${address.port}`;
}
