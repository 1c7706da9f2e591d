import type { IdentityConfig } from '../config/gateway-config.ts';
import { readIfPresent, writePrivateFile } from '../config/private-file.ts';
import type { DemoFolder } from './demo-folder.ts';
import type { DemoAddresses } from './demo-mark.ts';
import type { DemoTarget } from './target.ts';

export const demoConnection = 'pg-demo';

export interface GatewayFileInput {
  readonly addresses: DemoAddresses;
  readonly identity: IdentityConfig;
  readonly target: DemoTarget;
}

/**
 * Writes hoopx.gateway.yaml. One that is there already keeps what its owner wrote into it:
 * only the addresses of the last start are replaced.
 */
export async function writeGatewayFile(
  folder: DemoFolder,
  input: GatewayFileInput,
  last: DemoAddresses | null,
): Promise<void> {
  const present = last === null ? null : await readIfPresent(folder.config);
  const text =
    present === null || last === null
      ? gatewayFileText(input)
      : renewed(present, last, input.addresses);
  await writePrivateFile(folder.config, text);
}

function renewed(text: string, last: DemoAddresses, now: DemoAddresses): string {
  return text
    .replaceAll(`listen: ${quoted(last.listen)}`, `listen: ${quoted(now.listen)}`)
    .replaceAll(`issuer: ${last.issuer}\n`, `issuer: ${now.issuer}\n`)
    .replaceAll(`port: ${last.postgresPort}\n`, `port: ${now.postgresPort}\n`);
}

/** Brackets and colons have a meaning in YAML. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function gatewayFileText({ addresses, identity, target }: GatewayFileInput): string {
  return `# The demo's gateway. What is saved here while it runs takes effect at once, for new
# sessions; a faulty file changes nothing. docs/configuration.md explains every key.
gateway:
  listen: ${quoted(addresses.listen)}
  tls: { cert: "file:gateway-cert.pem", key: "file:secrets/gateway-key.pem" }
  operators: [dba]
store: sqlite:hoopx.db
identity:
  - name: ${identity.name}
    issuer: ${addresses.issuer}
    clientId: ${identity.clientId}
    audience: ${identity.audience}
    scopes: [${identity.scopes.join(', ')}]
    groupsClaim: ${identity.groupsClaim}
    ownerClaim: ${identity.ownerClaim}
    kind: { claim: kind }
connections:
  ${demoConnection}:
    type: postgres
    host: ${quoted(target.host)}
    port: ${target.port}
    database: ${quoted(target.database)}
    user: ${quoted(target.user)}
${[...passwordLine(target), ...tlsLine(target)].join('')}    labels: { env: demo }
    access: { groups: [engineering] }
rules:
  - name: reads pass
    connections: [pg-*]
    sql: { class: [read, session, transaction] }
    then: allow
  - name: writes need a reviewer
    connections: [pg-*]
    sql: { class: [write, ddl] }
    then: review
    chain: reviewers
  - name: never drop a table or a database
    sql: { statements: [drop_table, drop_database] }
    then: deny
    message: Tables and databases are not dropped here.
chains:
  reviewers:
    stages:
      - { groups: [dba], count: 1 }
    approveWithin: 1h
    runWithin: 30m
    fallback: deny
defaults: { unmatched: deny }
`;
}

function passwordLine({ password }: DemoTarget): readonly string[] {
  return password === null ? [] : ['    password: file:secrets/postgres-password\n'];
}

function tlsLine({ tls, ca }: DemoTarget): readonly string[] {
  if (tls === null) return [];
  if (ca === null) return [`    tls: ${tls}\n`];
  return [`    tls: { mode: ${tls}, ca: ${quoted(`file:${ca}`)} }\n`];
}
