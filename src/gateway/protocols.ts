import type { Duplex } from 'node:stream';
import type { PostgresConnectionConfig } from '../config/gateway-config.ts';
import type { Protocol } from '../core/facts.ts';
import type { ProtocolAdapter } from '../protocols/adapter.ts';
import type { PostgresTarget } from '../protocols/postgres/target.ts';
import { createDoor, type DoorOptions, type Passage } from './door.ts';

/** One adapter for each protocol that a connection can have. */
export interface ProtocolAdapters {
  readonly postgres: ProtocolAdapter<PostgresTarget>;
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
  switch (protocol) {
    case 'postgres':
      return adapters.postgres.serve(
        stream,
        createDoor({ ...parts, passage, targetOf: postgresTarget }),
      );
    default:
      return protocol satisfies never;
  }
}

function postgresTarget(config: PostgresConnectionConfig): PostgresTarget {
  const { host, port, database, databases, user, password, tls, trustedFunctions } = config;
  return { host, port, database, databases, user, password, tls, trustedFunctions };
}
