import { z } from 'zod';
import { certificate, closed, name, secret, text, texts } from './schema-parts.ts';

const later: ReadonlySet<string> = new Set(['ssh', 'kubernetes', 'http']);

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

const postgres = closed({
  type: z.literal('postgres'),
  host: text,
  port: z
    .int('must be a port number')
    .min(1, 'must be at least 1')
    .max(65_535, 'must be at most 65535')
    .default(5432),
  database: text,
  databases: texts.default([]),
  user: text,
  password: secret.optional(),
  tls: tls.optional(),
  labels: z.record(name, text).default({}),
  access: closed({ groups: texts.default([]), users: texts.default([]) }),
  trustedFunctions: z.array(trustedFunction).default([]),
});

export const connections = z.record(
  name,
  z.discriminatedUnion('type', [postgres], {
    error: ({ input }) => {
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : '';
      return typeof type === 'string' && later.has(type)
        ? `connections of type ${type} are not enforced yet by this version of hoopx`
        : 'must be postgres';
    },
  }),
);
