import type { AuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { ControlServer } from '../control/server/server.ts';
import type { Secret } from '../core/secret.ts';
import { UserError } from '../core/user-error.ts';
import { compileMasking } from '../masking/masking-policy.ts';
import { compilePolicy } from '../policy/policy.ts';
import type { GatewayAuthentication } from './authentication.ts';
import type { Footing } from './footing.ts';
import type { GatewayLog } from './log.ts';

/** The configuration in force, and its replacement. */
export interface Standing {
  readonly footing: () => Footing;
  /** False when the new one was refused: then nothing has changed. */
  reload(parts: ReloadParts): Promise<boolean>;
}

interface ReloadParts {
  /** Throws `UserError` for a bad one. */
  readonly readConfig: () => Promise<GatewayConfig>;
  readonly authentication: GatewayAuthentication;
  readonly server: ControlServer;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly log: GatewayLog;
}

/** What the gateway has of its own. */
interface OwnKeys {
  /** Public, for SSH clients: as in known_hosts. */
  readonly hostKey: string;
  readonly maskingKey: Secret;
}

/** @throws UserError when the rules are bad */
export function createStanding(config: GatewayConfig, { hostKey, maskingKey }: OwnKeys): Standing {
  const masking = ({ masking: spec }: GatewayConfig) => compileMasking(spec, maskingKey);
  let footing: Footing = {
    ...{ config, policy: compilePolicy(config.policy), masking: masking(config), hostKey },
  };
  let running: Promise<unknown> = Promise.resolve();

  async function replace({ readConfig, authentication, server, audit, log }: ReloadParts) {
    try {
      const next = await readConfig();
      const policy = compilePolicy(next.policy);
      const from = footing.config.revision;
      const { tls } = next.gateway;
      // Throws for a certificate and a key that do not belong together.
      if (footing.config.gateway.tls !== null && tls !== null) server.replaceCertificate(tls);
      for (const what of needsRestart(footing.config, next)) {
        log.warn({ what }, 'this change takes effect when the gateway is started again');
      }
      // What cannot be taken down does not come into force.
      if (from !== next.revision) {
        await audit.append({ type: 'configuration_changed', from, to: next.revision });
      }
      authentication.adopt(next.identity);
      footing = { config: next, policy, masking: masking(next), hostKey };
      log.info({ revision: next.revision }, 'the configuration was read again');
      return true;
    } catch (error) {
      const reason = error instanceof UserError ? error.message : { err: error };
      log.error({ reason }, 'the configuration was refused; the one before stays in force');
      return false;
    }
  }

  return {
    footing: () => footing,
    reload(parts) {
      // One after the other, so that the last one asked for is what stays.
      const next = running.then(() => replace(parts));
      running = next;
      return next;
    },
  };
}

/** What a running gateway cannot change, of what differs. */
function needsRestart(before: GatewayConfig, after: GatewayConfig): readonly string[] {
  const differs = (read: (config: GatewayConfig) => unknown) =>
    JSON.stringify(read(before)) !== JSON.stringify(read(after));
  const changes: string[] = [];
  if (differs(({ gateway }) => [gateway.host, gateway.port])) changes.push('gateway.listen');
  if (differs(({ gateway }) => gateway.tls === null)) changes.push('gateway.tls');
  if (differs(({ store }) => store)) changes.push('store');
  if (differs(({ audit }) => audit)) changes.push('audit');
  if (differs(({ metrics }) => metrics)) changes.push('metrics');
  if (differs(({ tracing }) => tracing)) changes.push('tracing');
  return changes;
}
