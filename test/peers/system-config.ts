import type { PostgresPeer } from './postgres.ts';
import type { TestProvider } from './provider.ts';
import type { SystemOptions } from './running-system.ts';

interface ConfigParts {
  readonly port: number;
  readonly postgres: PostgresPeer;
  readonly provider: TestProvider;
  readonly options: SystemOptions;
}

export function configText({ port, postgres, provider, options }: ConfigParts): string {
  const { identity, issuer } = provider;
  return `gateway:
  listen: 127.0.0.1:${port}
  tls: { cert: "file:cert.pem", key: "file:key.pem" }
${options.operators === undefined ? '' : `  operators: [${options.operators}]\n`}store: sqlite:${options.store ?? './hoopx.db'}
audit: ${options.audit ?? '{}'}
recording: ${options.recording ?? '{ folder: recordings }'}
masking: [${(options.masking ?? []).join(', ')}]
${options.tracing === undefined ? '' : `tracing: ${options.tracing}\n`}identity:
  - name: demo
    issuer: ${issuer}
    clientId: ${identity.clientId}
    audience: ${identity.audience}
    scopes: [${identity.scopes.join(', ')}]
    groupsClaim: groups
    ownerClaim: owner
    kind: { claim: kind }
    clockSkewSeconds: 0
connections:
  pg-test:
    type: postgres
    host: ${postgres.host}
    port: ${postgres.port}
    database: ${postgres.database}
    user: ${postgres.user}
    password: env:PG_PASSWORD
    tls: disable
    access: { groups: [engineering] }
${(options.connections ?? []).map((line) => `  ${line}\n`).join('')}rules:
${(options.rules ?? []).map((line) => `  - ${line}\n`).join('')}  - { name: reads pass, sql: { class: [read, session, transaction, opaque] }, then: allow }
  - { name: bench tables are free, sql: { class: [write, read], relations: ["pgbench_*", "bulk*"] }, then: allow }
  - { name: held tables, sql: { class: [write, ddl], relations: [accounts] }, then: review, chain: dba }
chains:
  dba:
    stages: [{ groups: [dba], count: 1 }]
    approveWithin: ${options.approveWithin ?? '1h'}
    runWithin: 30m
    fallback: deny
`;
}
