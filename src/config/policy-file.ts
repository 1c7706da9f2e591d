import type { Protocol } from '../core/facts.ts';
import type { MaskingRule } from '../core/masking.ts';
import type { ConnectionIdentity } from '../core/policy.ts';
import type { PolicySpec } from '../core/rules.ts';
import { readChecked } from './checked-file.ts';
import { connectionRevision } from './connection-config.ts';
import { maskingRule } from './masking-spec.ts';

/** What rules are judged by: no secret is read, so it works where the gateway does not run. */
export interface PolicyFile {
  readonly path: string;
  readonly policy: PolicySpec;
  /** Without their keys. */
  readonly masking: readonly MaskingRule[];
  readonly connections: Readonly<Record<string, PolicyConnection>>;
}

export interface PolicyConnection {
  readonly protocol: Protocol;
  readonly identity: ConnectionIdentity;
  /** For SQL. */
  readonly trustedFunctions: readonly string[];
  /** For HTTP. */
  readonly graphql: boolean;
  readonly healthPath: string | null;
}

/** @throws UserError exit 78, as `loadGatewayConfig` */
export async function loadPolicyFile(file?: string): Promise<PolicyFile> {
  const { path: found, document, policy } = await readChecked(file);
  const connections = Object.entries(document.connections).map(([name, each]) => {
    const { labels } = each;
    const identity = { name, labels, revision: connectionRevision(each) };
    const trustedFunctions = each.type === 'postgres' ? each.trustedFunctions : [];
    const graphql = each.type === 'http' && each.graphql;
    const healthPath = each.type === 'http' ? (each.health ?? null) : null;
    const connection = { protocol: each.type, identity, trustedFunctions, graphql, healthPath };
    return [name, connection] as const;
  });
  const masking = document.masking.map((rule) => maskingRule(rule, null));
  return { path: found, policy, masking, connections: Object.fromEntries(connections) };
}
