import type { Duplex } from 'node:stream';
import type {
  ConnectionConfig,
  HttpConnectionConfig,
  KubernetesConnectionConfig,
  PostgresConnectionConfig,
  SshConnectionConfig,
} from '../config/gateway-config.ts';
import type { Protocol } from '../core/facts.ts';
import { RefusedError } from '../core/refusal.ts';
import type { Door, ProtocolAdapter } from '../protocols/adapter.ts';
import type { HttpAdapter } from '../protocols/http/adapter.ts';
import type { HttpTarget } from '../protocols/http/target.ts';
import type { KubernetesTarget } from '../protocols/kubernetes/target.ts';
import type { PostgresTarget } from '../protocols/postgres/target.ts';
import type { SshTarget } from '../protocols/ssh/target.ts';
import { createDoor, type DoorOptions, type Passage } from './door.ts';

/** One adapter for each protocol that a connection can have. */
export interface ProtocolAdapters {
  readonly postgres: ProtocolAdapter<PostgresTarget>;
  readonly ssh: ProtocolAdapter<SshTarget>;
  readonly http: HttpAdapter;
  readonly kubernetes: HttpAdapter<KubernetesTarget>;
  /** The gateway's own for SSH clients, public, as in known_hosts. */
  readonly hostKey: string;
}

export type DoorParts = Omit<DoorOptions<unknown>, 'passage' | 'targetOf'>;

/** Hands a client stream to the adapter of its protocol, with a door of its own. */
export function serveStream(
  adapters: ProtocolAdapters,
  parts: DoorParts,
  protocol: Protocol,
  stream: Duplex,
  passage: Passage,
): Promise<void> {
  const door = <Target>(targetOf: (config: ConnectionConfig) => Target) =>
    createDoor({ ...parts, passage, targetOf });
  switch (protocol) {
    case 'postgres':
      return adapters.postgres.serve(stream, door(postgresTarget));
    case 'ssh':
      return adapters.ssh.serve(stream, door(sshTarget));
    case 'http':
      return adapters.http.serve(stream, door(httpTarget));
    case 'kubernetes':
      return adapters.kubernetes.serve(stream, door(kubernetesTarget));
    default:
      return protocol satisfies never;
  }
}

/** For requests that come to the gateway one by one, not over a client's stream. */
export function httpDoor(parts: DoorParts, passage: Passage): Door<HttpTarget> {
  return createDoor({ ...parts, passage, targetOf: httpTarget });
}

export function kubernetesDoor(parts: DoorParts, passage: Passage): Door<KubernetesTarget> {
  return createDoor({ ...parts, passage, targetOf: kubernetesTarget });
}

function postgresTarget(config: ConnectionConfig): PostgresTarget {
  if (config.type !== 'postgres') throw changedType(config);
  const { host, port, database, databases, user, password, tls, trustedFunctions } =
    config satisfies PostgresConnectionConfig;
  return { host, port, database, databases, user, password, tls, trustedFunctions };
}

function sshTarget(config: ConnectionConfig): SshTarget {
  if (config.type !== 'ssh') throw changedType(config);
  const {
    type: _,
    labels: __,
    access: ___,
    revision: ____,
    ...target
  } = config satisfies SshConnectionConfig;
  return target;
}

function httpTarget(config: ConnectionConfig): HttpTarget {
  if (config.type !== 'http') throw changedType(config);
  const {
    type: _,
    labels: __,
    access: ___,
    revision: ____,
    browser,
    ...target
  } = config satisfies HttpConnectionConfig;
  const { hosts } = target;
  return { ...target, hosts: browser === undefined ? hosts : [...hosts, browser.host] };
}

function kubernetesTarget(config: ConnectionConfig): KubernetesTarget {
  if (config.type !== 'kubernetes') throw changedType(config);
  const {
    type: _,
    labels: __,
    access: ___,
    revision: ____,
    ...target
  } = config satisfies KubernetesConnectionConfig;
  return target;
}

/** The tunnel was opened before the configuration was read again. */
function changedType({ type }: ConnectionConfig): RefusedError {
  return new RefusedError({
    code: 'CONNECTION_UNKNOWN',
    message: `the connection is of type ${type} now`,
    hint: 'Connect again.',
  });
}
