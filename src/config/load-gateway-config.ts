import path from 'node:path';
import { Secret } from '../core/secret.ts';
import { auditConfig } from './audit-config.ts';
import { bucketConfig } from './bucket-config.ts';
import { readChecked } from './checked-file.ts';
import { ConfigError, type ConfigPath, type ConfigProblem } from './config-problem.ts';
import { connectionConfig, type Resolve } from './connection-config.ts';
import type { ReportProblem } from './consistency.ts';
import { processEnvironment } from './environment.ts';
import type { GatewayConfig, IdentityConfig } from './gateway-config.ts';
import type { GatewayDocument, IdentityDocument } from './gateway-schema.ts';
import { maskingSpec } from './masking-spec.ts';
import { type Environment, resolveReference } from './reference.ts';
import { checkTlsMaterial } from './tls-material.ts';
import { tracingConfig } from './tracing-config.ts';

const execTimeLimitMs = 10_000;

/**
 * Reads, checks and resolves the gateway's configuration: `file`, or hoopx.gateway.yaml in the
 * working folder.
 * @throws UserError exit 78; a `ConfigError` names every problem with line, column and key
 */
export async function loadGatewayConfig(
  file?: string,
  env: Environment = processEnvironment(),
): Promise<GatewayConfig> {
  const checked = await readChecked(file);
  const { document, source } = checked;
  const problems: ConfigProblem[] = [];
  const report = (at: ConfigPath, message: string) => problems.push(source.problemAt(at, message));
  const folder = path.dirname(checked.path);
  const resolve = resolver({ folder, env, timeLimitMs: execTimeLimitMs }, report);

  const parts = { resolve, report, folder, env };
  const gateway = gatewayConfig(document, resolve);
  const audit = auditConfig(document, parts);
  const identity = document.identity.map((each, index) => identityConfig(each, index, resolve));
  const connections = Object.entries(document.connections).map(
    async ([name, each]) =>
      [name, await connectionConfig(each, ['connections', name], parts)] as const,
  );
  const config: GatewayConfig = {
    path: checked.path,
    revision: checked.revision,
    gateway: await gateway,
    store: { kind: 'sqlite', path: path.resolve(folder, document.store) },
    audit: await audit,
    identity: await Promise.all(identity),
    connections: Object.fromEntries(await Promise.all(connections)),
    policy: checked.policy,
    masking: await maskingSpec(document, parts),
    recording: await recordingConfig(document, folder, resolve),
    metrics: metricsConfig(document),
    tracing: await tracingConfig(document, parts),
  };
  // Material that could not be read has been reported already.
  if (problems.length === 0) checkTlsMaterial(config, report);
  if (problems.length > 0) throw new ConfigError(checked.path, problems);
  return config;
}

function resolver(options: Parameters<typeof resolveReference>[1], report: ReportProblem): Resolve {
  return async (at, reference) => {
    if (typeof reference === 'string') return reference;
    try {
      return await resolveReference(reference, options);
    } catch (error) {
      report(at, error instanceof Error ? error.message : String(error));
      return '';
    }
  };
}

async function recordingConfig(
  { recording, store, connections }: GatewayDocument,
  folder: string,
  resolve: Resolve,
): Promise<GatewayConfig['recording']> {
  const { recipients, rows, output, keepFor, keepSize, bucket } = recording;
  const all = Object.entries(connections);
  const besideStore = path.join(path.dirname(store), 'recordings');
  return {
    folder: path.resolve(folder, recording.folder ?? besideStore),
    optionalFor: all.filter(([, each]) => each.recording === 'optional').map(([name]) => name),
    recipients,
    keepForMs: keepFor ?? null,
    keepBytes: keepSize ?? null,
    rowLimit: rows,
    outputLimit: output,
    bucket:
      bucket === undefined ? null : await bucketConfig(bucket, ['recording', 'bucket'], resolve),
  };
}

function metricsConfig({ metrics }: GatewayDocument): GatewayConfig['metrics'] {
  return metrics === undefined ? null : { ...metrics.listen, exposed: metrics.exposed };
}

async function gatewayConfig(
  { gateway: { listen, publicUrl, tls, operators } }: GatewayDocument,
  resolve: Resolve,
): Promise<GatewayConfig['gateway']> {
  const authority = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
  return {
    ...listen,
    publicUrl: publicUrl ?? `${tls === undefined ? 'http' : 'https'}://${authority}`,
    tls:
      tls === undefined
        ? null
        : {
            cert: await resolve(['gateway', 'tls', 'cert'], tls.cert),
            key: new Secret(await resolve(['gateway', 'tls', 'key'], tls.key)),
          },
    operators,
  };
}

async function identityConfig(
  document: IdentityDocument,
  index: number,
  resolve: Resolve,
): Promise<IdentityConfig> {
  const { clientSecret, audience, ownerClaim, personNamespace, ...plain } = document;
  return {
    ...plain,
    clientSecret:
      clientSecret === undefined
        ? null
        : new Secret(await resolve(['identity', index, 'clientSecret'], clientSecret)),
    audience: audience ?? null,
    ownerClaim: ownerClaim ?? null,
    personNamespace: personNamespace ?? document.name,
  };
}
