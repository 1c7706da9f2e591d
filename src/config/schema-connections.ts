import { z } from 'zod';
import { http } from './schema-http.ts';
import { kubernetes } from './schema-kubernetes.ts';
import { name } from './schema-parts.ts';
import { postgres } from './schema-postgres.ts';
import { ssh } from './schema-ssh.ts';

export const connections = z.record(
  name,
  z.discriminatedUnion('type', [postgres, ssh, http, kubernetes], {
    error: 'must be postgres, ssh, http or kubernetes',
  }),
);
