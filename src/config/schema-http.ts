import { z } from 'zod';
import { connectionKeys } from './schema-connection-keys.ts';
import { atLeastOne, certificate, closed, name, secret, text, texts } from './schema-parts.ts';
import { bareUrl } from './schema-url.ts';

/** TRACE would show the credential, CONNECT would go round the gateway. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+\-.^`|~]+$/, 'is the name of a header, without underscores');

const credential = z.union(
  [
    closed({ bearer: secret }),
    closed({ basic: closed({ user: text, password: secret }) }),
    closed({ header: closed({ name: headerName, value: secret }) }),
    closed({ cookie: closed({ name: headerName, value: secret }) }),
  ],
  'must be one of { bearer }, { basic: { user, password } }, { header: { name, value } }, { cookie: { name, value } }',
);

/** A name, so that its cookies and its certificate are its own. */
const browserHost = z
  .string()
  .toLowerCase()
  .regex(
    /^(?=.{1,253}$)(?!.*\.\d+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    'is a host name such as admin-api.hoopx.example.com, without a port',
  );

export const http = closed({
  type: z.literal('http'),
  url: bareUrl,
  tls: closed({
    ca: certificate.optional(),
    cert: certificate.optional(),
    key: secret.optional(),
    serverName: text.optional(),
  }).prefault({}),
  credential: credential.optional(),
  methods: atLeastOne(z.enum(methods)).default([...methods]),
  health: text.regex(/^\//, 'begins with a slash').optional(),
  graphql: z.boolean().default(false),
  hosts: texts.default([]),
  rewriteRedirects: z.boolean().default(false),
  browser: closed({ host: browserHost, identity: name.optional() }).optional(),
  ...connectionKeys,
});
