import type { PostgresConnectionView } from '../../control/contract.ts';
import type { ClientGuide, Place } from './client-guide.ts';

/** The gateway logs in with the connection's own user; this one is only a name for the client. */
const clientUser = 'hoopx';
const socketPort = 5432;

/** libpq and what follows it: by URL, or by environment (PostgreSQL documentation, 32.15). */
export function postgresGuide({ database }: PostgresConnectionView): ClientGuide {
  const path = `/${encodeURIComponent(database)}?sslmode=disable`;
  const url = (place: Place) =>
    place.kind === 'port'
      ? `postgres://${clientUser}@127.0.0.1:${place.port}${path}`
      : `postgres://${clientUser}@${encodeURIComponent(place.folder)}:${socketPort}${path}`;
  return {
    socketName: `.s.PGSQL.${socketPort}`,
    file: null,
    url,
    commandLine: (place) => `psql '${url(place)}'`,
    program(place, { words: [file, ...args] }) {
      if (file === undefined) return null;
      const environment = {
        PGHOST: place.kind === 'port' ? '127.0.0.1' : place.folder,
        PGPORT: String(place.kind === 'port' ? place.port : socketPort),
        PGDATABASE: database,
        PGUSER: clientUser,
        PGSSLMODE: 'disable',
        HOOPX_URL: url(place),
      };
      return { file, args, environment };
    },
    direct: null,
  };
}
