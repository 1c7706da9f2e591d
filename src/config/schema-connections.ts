import { z } from 'zod';
import { http } from './schema-http.ts';
import { name } from './schema-parts.ts';
import { postgres } from './schema-postgres.ts';
import { ssh } from './schema-ssh.ts';

const later: ReadonlySet<string> = new Set(['kubernetes']);

export const connections = z.record(
  name,
  z.discriminatedUnion('type', [postgres, ssh, http], {
    error: ({ input }) => {
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : '';
      return typeof type === 'string' && later.has(type)
        ? `connections of type ${type} are not enforced yet by this version of hoopx`
        : 'must be postgres, ssh or http';
    },
  }),
);
