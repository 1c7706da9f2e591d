import { createApprovals } from '../approvals/service.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { GatewayInfo } from '../control/contract.ts';
import type { ControlPorts } from '../control/server/ports.ts';
import { type ControlServer, startControlServer } from '../control/server/server.ts';
import type { Clock } from '../core/clock.ts';
import type { Refusal } from '../core/refusal.ts';
import { UserError } from '../core/user-error.ts';
import { compilePolicy } from '../policy/policy.ts';
import { openStore } from '../store/store.ts';
import { createAuthentication } from './authentication.ts';
import { connectionConfig, connectionView, type Footing, mayUse } from './footing.ts';
import { mintRequestId } from './ids.ts';
import { defaultLimits, type GatewayLimits } from './limits.ts';
import type { GatewayLog } from './log.ts';
import { type ProtocolAdapters, serveStream } from './protocols.ts';
import { needsRestart } from './restart.ts';
import { createSessionRegistry } from './sessions.ts';
import { createTunnelRegistry } from './tunnels.ts';

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

const sweepEveryMs = 1_000;

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
  const policy = compilePolicy(config.policy);
  const store = await openStore(config.store, deps.clock);
  const approvals = createApprovals({
    store: store.requests,
    clock: deps.clock,
    mintId: mintRequestId,
    log: deps.log,
  });
  try {
    await approvals.recover();
    const serving = await serveGateway({ config, policy }, { deps, store, approvals });
    return {
      ...serving,
      async close() {
        await serving.close();
        await approvals.stop();
        await store.close();
      },
    };
  } catch (error) {
    await approvals.stop();
    await store.close();
    throw error;
  }
}

interface Foundation {
  readonly deps: GatewayDeps;
  readonly store: Awaited<ReturnType<typeof openStore>>;
  readonly approvals: ReturnType<typeof createApprovals>;
}

async function serveGateway(first: Footing, foundation: Foundation): Promise<RunningGateway> {
  const { deps, store, approvals } = foundation;
  const { clock, log } = deps;
  const limits = { ...defaultLimits, ...deps.limits };
  let footing = first;

  const authentication = createAuthentication(first.config.identity, store.revocations, {
    clock,
    log,
  });
  const sessions = createSessionRegistry({
    clock,
    limit: limits.sessions,
    isOperator: ({ groups }) =>
      footing.config.gateway.operators.some((group) => groups.includes(group)),
  });
  const parts = {
    footing: () => footing,
    sessions,
    approvals,
    reminderMs: limits.reminderMs,
    onOutcomeLost: (requestId: string, error: unknown) =>
      log.error({ err: error, requestId }, 'an operation ran, and its outcome could not be stored'),
  };
  const onDefect = (error: unknown, where: string) =>
    log.error({ err: error, where }, 'a defect in the gateway');
  const tunnels = createTunnelRegistry({
    clock,
    limits,
    footing: () => footing,
    serve: (stream, passage) =>
      serveStream(deps.adapters, parts, passage.protocol, stream, passage),
    endSessions: (tunnelId, refusal) =>
      sessions.endAll(refusal, (session) => session.tunnelId === tunnelId),
    onDefect,
  });
  const ports: ControlPorts = {
    info: () => infoOf(footing.config, deps.version),
    authentication,
    requests: approvals,
    tunnels,
    sessions,
    connections: connectionsOf(() => footing),
  };

  const { host, port, tls } = first.config.gateway;
  const server = await startControlServer({
    ...{ host, port, tls, ports, clock },
    onDefect,
    limits: limits.control,
  });
  const sweeping = setInterval(() => tunnels.sweep(), sweepEveryMs);
  const url = urlOf(first.config, server);
  log.info({ url, revision: first.config.revision }, 'the gateway listens');

  function adopt(config: GatewayConfig): void {
    const policy = compilePolicy(config.policy);
    for (const what of needsRestart(footing.config, config)) {
      log.warn({ what }, 'this change takes effect when the gateway is started again');
    }
    const { tls: certificate } = config.gateway;
    if (tls !== null && certificate !== null) server.replaceCertificate(certificate);
    authentication.adopt(config.identity);
    footing = { config, policy };
    log.info({ revision: config.revision }, 'the configuration was read again');
  }

  return {
    url,
    async reload() {
      try {
        adopt(await deps.readConfig());
        return true;
      } catch (error) {
        const reason = error instanceof UserError ? error.message : { err: error };
        log.error({ reason }, 'the configuration was refused; the one before stays in force');
        return false;
      }
    },
    async close() {
      tunnels.drain(stopping);
      sessions.drain(stopping);
      if (!(await sessions.emptied(limits.stopWithinMs))) {
        log.warn({}, 'some sessions did not finish in time, and are ended');
        sessions.endAll(stopping);
        await sessions.emptied(limits.farewellMs);
      }
      clearInterval(sweeping);
      tunnels.endAll(stopping);
      await server.close();
      log.info({}, 'the gateway has stopped');
    },
  };
}

function connectionsOf(footing: () => Footing): ControlPorts['connections'] {
  return {
    list: (principal) =>
      Object.entries(footing().config.connections)
        .filter(([, connection]) => mayUse(connection, principal))
        .map(([name, connection]) => connectionView(name, connection)),
    find(principal, name) {
      const connection = connectionConfig(footing(), name);
      if (connection === null || !mayUse(connection, principal)) return null;
      return connectionView(name, connection);
    },
  };
}

function infoOf({ identity }: GatewayConfig, version: string): GatewayInfo {
  return {
    name: 'hoopx',
    version,
    identity: identity.map(({ name, issuer, clientId, scopes, audience }) => ({
      ...{ name, issuer, clientId, scopes, audience },
    })),
  };
}

function urlOf({ gateway }: GatewayConfig, { address }: ControlServer): string {
  const host = gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host;
  return `${gateway.tls === null ? 'http' : 'https'}://${host}:${address.port}`;
}
