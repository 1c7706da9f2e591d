import { z } from 'zod';
import { connectionKeys } from './schema-connection-keys.ts';
import { certificate, closed, secret, text, texts } from './schema-parts.ts';
import { bareUrl } from './schema-url.ts';

const tokenProgram = closed({
  command: text,
  args: z.array(z.string()).default([]),
  env: z.record(text, z.string()).default({}),
});

const credential = z.union(
  [closed({ token: secret }), closed({ exec: tokenProgram })],
  'must be one of { token }, { exec: { command, args, env } }; a client certificate is tls.cert and tls.key',
);

export const kubernetes = closed({
  type: z.literal('kubernetes'),
  server: bareUrl.optional(),
  tls: closed({
    ca: certificate.optional(),
    cert: certificate.optional(),
    key: secret.optional(),
    serverName: text.optional(),
  }).prefault({}),
  credential: credential.optional(),
  kubeconfig: secret.optional(),
  context: text.optional(),
  impersonate: z
    .union(
      [z.boolean(), closed({ systemGroups: texts })],
      'must be true, false or { systemGroups }',
    )
    .default(false),
  diffs: z.boolean().default(true),
  hosts: texts.default([]),
  ...connectionKeys,
});
