import { isLoopback } from '../core/loopback.ts';
import { checkBrowserHosts } from './browser-hosts.ts';
import { checkKubernetes } from './check-kubernetes.ts';
import { checkMasking } from './check-masking.ts';
import type { ConfigPath } from './config-problem.ts';
import type {
  ChainDocument,
  ConnectionDocument,
  GatewayDocument,
  HttpDocument,
  IdentityDocument,
  PostgresDocument,
  SshDocument,
  SshLoginDocument,
} from './gateway-schema.ts';

export type ReportProblem = (path: ConfigPath, message: string) => void;

/** What holds between keys, beyond what each may hold. */
export function checkConsistency(document: GatewayDocument, report: ReportProblem): void {
  checkTransport(document.gateway, report);
  checkIdentities(document.identity, report);
  for (const [name, connection] of Object.entries(document.connections)) {
    checkConnection(connection, ['connections', name], report);
  }
  checkBrowserHosts(document, report);
  checkMasking(document, report);
  for (const [name, chain] of Object.entries(document.chains)) {
    checkChain(chain, ['chains', name], report);
  }
}

function checkTransport(
  { listen, publicUrl, tls }: GatewayDocument['gateway'],
  report: ReportProblem,
): void {
  if (!isLoopback(listen.host)) {
    if (tls === undefined) {
      report(['gateway', 'tls'], `is required: ${listen.host} can be reached from other machines`);
    }
    if (publicUrl === undefined) {
      report(['gateway', 'publicUrl'], 'is required when the gateway listens off loopback');
    }
  }
  if (publicUrl === undefined) return;
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:') return;
  if (!isLoopback(hostname)) {
    report(
      ['gateway', 'publicUrl'],
      'must be https: tokens are not sent in the clear off loopback',
    );
  } else if (tls !== undefined) {
    report(['gateway', 'publicUrl'], 'must be https, because gateway.tls is set');
  }
}

function checkIdentities(identities: readonly IdentityDocument[], report: ReportProblem): void {
  const names = new Set<string>();
  const origins = new Set<string>();
  for (const [index, identity] of identities.entries()) {
    const path = ['identity', index] as const;
    if (names.has(identity.name)) report([...path, 'name'], 'another issuer has the same name');
    names.add(identity.name);
    const origin = JSON.stringify([identity.issuer, identity.clientId, identity.audience]);
    if (origins.has(origin)) {
      report([...path, 'issuer'], 'another entry has the same issuer, clientId and audience');
    }
    origins.add(origin);
    checkIssuer(identity.issuer, [...path, 'issuer'], report);
    checkOwner(identity, [...path, 'ownerClaim'], report);
  }
}

/** OpenID Connect Discovery 1.0, section 3: https, no query, no fragment. */
function checkIssuer(issuer: string, path: ConfigPath, report: ReportProblem): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  const isWeb = url !== null && /^https?:$/.test(url.protocol);
  if (!isWeb || `${url.search}${url.hash}${url.username}${url.password}` !== '') {
    report(path, 'must be the address of an issuer, such as https://idp.example.com');
  } else if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    report(path, 'must be https off loopback');
  }
}

function checkOwner(
  { kind, ownerClaim }: IdentityDocument,
  path: ConfigPath,
  report: ReportProblem,
) {
  if (ownerClaim !== undefined || kind === 'human') return;
  const who = typeof kind === 'string' ? `of kind ${kind}` : 'whose kind comes from a claim';
  report(path, `is required for principals ${who}: an agent or CI job belongs to a person`);
}

function checkConnection(
  connection: ConnectionDocument,
  path: ConfigPath,
  report: ReportProblem,
): void {
  const { access } = connection;
  if (access.groups.length + access.users.length === 0) {
    report([...path, 'access'], 'must name groups or users: without them nobody may use it');
  }
  switch (connection.type) {
    case 'postgres':
      checkPostgres(connection, path, report);
      break;
    case 'ssh':
      checkSsh(connection, path, report);
      break;
    case 'http':
      checkHttp(connection, path, report);
      break;
    case 'kubernetes':
      checkKubernetes(connection, path, report);
      break;
    default:
      connection satisfies never;
  }
}

function checkHttp({ url, tls }: HttpDocument, path: ConfigPath, report: ReportProblem): void {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    report([...path, 'tls'], 'a client certificate needs both cert and key');
  }
  const asked = Object.values(tls).some((value) => value !== undefined);
  if (asked && url.startsWith('http:')) report([...path, 'tls'], 'needs a url of https://');
}

function checkPostgres({ tls }: PostgresDocument, path: ConfigPath, report: ReportProblem): void {
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    report([...path, 'tls'], 'a client certificate needs both cert and key');
  }
  if (tls?.ca !== undefined && (tls.mode === 'disable' || tls.mode === 'prefer')) {
    report([...path, 'tls', 'mode'], `does not check the ca: write verify-full, not ${tls.mode}`);
  }
}

function checkSsh({ jump, ...target }: SshDocument, path: ConfigPath, report: ReportProblem): void {
  checkSshLogin(target, path, report);
  if (jump !== undefined) checkSshLogin(jump, [...path, 'jump'], report);
}

function checkSshLogin(login: SshLoginDocument, path: ConfigPath, report: ReportProblem): void {
  const { host, port, key, password, agent, passphrase, hostKey, knownHosts } = login;
  if (key === undefined && password === undefined && agent === undefined) {
    report(path, 'needs key, password or agent to log in with');
  }
  if (passphrase !== undefined && key === undefined) {
    report([...path, 'passphrase'], 'is of a key, and there is none');
  }
  if (hostKey !== undefined && knownHosts !== undefined) {
    report([...path, 'knownHosts'], 'stands beside hostKey; write one of them');
  }
  if (hostKey === undefined && knownHosts === undefined) {
    const scan = `ssh-keyscan -p ${port} ${host} | ssh-keygen -lf -`;
    report(
      path,
      `needs hostKey or knownHosts: no host is trusted at first sight. Look with ${scan}, compare what it prints with the host's own, and write it as hostKey`,
    );
  }
}

function checkChain({ stages }: ChainDocument, path: ConfigPath, report: ReportProblem): void {
  for (const [index, { groups, users, count }] of stages.entries()) {
    const at = [...path, 'stages', index];
    if (groups === undefined && users === undefined) {
      report(at, 'must name groups or users who may approve');
    } else if (groups === undefined && users !== undefined && new Set(users).size < count) {
      report([...at, 'count'], `is ${count}, and only ${new Set(users).size} may approve`);
    }
  }
}
