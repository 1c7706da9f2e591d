import { z } from 'zod';
import { connectionKeys, port } from './schema-connection-keys.ts';
import { certificate, closed, secret, text, texts } from './schema-parts.ts';

const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

const tls = z
  .union(
    [
      z.enum(tlsModes),
      closed({
        mode: z.enum(tlsModes),
        ca: certificate.optional(),
        cert: certificate.optional(),
        key: secret.optional(),
      }),
    ],
    `must be one of ${tlsModes.join(', ')}, or { mode, ca, cert, key }`,
  )
  .transform((value) => (typeof value === 'string' ? { mode: value } : value));

const trustedFunction = text.refine(
  (value) => !value.includes('*'),
  'is the exact name of a function, schema.name; a * is not allowed here',
);

export const postgres = closed({
  type: z.literal('postgres'),
  host: text,
  port: port.default(5432),
  database: text,
  databases: texts.default([]),
  user: text,
  password: secret.optional(),
  tls: tls.optional(),
  ...connectionKeys,
  trustedFunctions: z.array(trustedFunction).default([]),
});
