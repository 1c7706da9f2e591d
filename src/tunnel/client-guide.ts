import type { ConnectionView } from '../control/contract.ts';
import type { Protocol } from '../core/facts.ts';
import type { Listening } from './listeners.ts';

type Place = Listening['place'];

/** How ordinary clients of one protocol are pointed at a tunnel. */
export interface ClientGuide {
  /** What a Unix socket must be called for clients to find it. */
  readonly socketName: string;
  url(place: Place, connection: ConnectionView): string;
  /** A command line to copy, for a POSIX shell. */
  commandLine(place: Place, connection: ConnectionView): string;
  environment(place: Place, connection: ConnectionView): Readonly<Record<string, string>>;
}

/** The gateway logs in with the connection's own user; this one is only a name for the client. */
const clientUser = 'hoopx';
const socketPort = 5432;

const postgres: ClientGuide = {
  socketName: `.s.PGSQL.${socketPort}`,
  url(place, { database }) {
    const path = `/${encodeURIComponent(database)}?sslmode=disable`;
    return place.kind === 'port'
      ? `postgres://${clientUser}@127.0.0.1:${place.port}${path}`
      : `postgres://${clientUser}@${encodeURIComponent(place.folder)}:${socketPort}${path}`;
  },
  commandLine: (place, connection) => `psql '${postgres.url(place, connection)}'`,
  environment: (place, connection) => ({
    PGHOST: place.kind === 'port' ? '127.0.0.1' : place.folder,
    PGPORT: String(place.kind === 'port' ? place.port : socketPort),
    PGDATABASE: connection.database,
    PGUSER: clientUser,
    PGSSLMODE: 'disable',
    HOOPX_URL: postgres.url(place, connection),
  }),
};

export const clientGuides: Record<Protocol, ClientGuide> = { postgres };
