import { z } from 'zod';
import { parseReference } from './reference.ts';
import { connectionKeys, port } from './schema-connection-keys.ts';
import { atLeastOne, closed, duration, secret, text, texts } from './schema-parts.ts';

const fingerprint = z
  .string()
  .regex(
    /^SHA256:[A-Za-z0-9+/]{43}$/,
    'is a fingerprint as ssh-keygen -l prints it: SHA256: and 43 characters',
  );

const login = {
  host: text,
  port: port.default(22),
  user: text,
  key: secret.optional(),
  passphrase: secret.optional(),
  password: secret.optional(),
  /** The path of a socket, or where to find it: env:SSH_AUTH_SOCK. */
  agent: text.transform((value) => parseReference(value) ?? value).optional(),
  hostKey: z
    .union([fingerprint, atLeastOne(fingerprint)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .optional(),
  knownHosts: z
    .string('is the file of known hosts: write file:PATH')
    .transform((value, context) => {
      const reference = parseReference(value);
      if (reference !== null) return reference;
      context.addIssue('is the file of known hosts: write file:PATH');
      return z.NEVER;
    })
    .optional(),
};

export const ssh = closed({
  type: z.literal('ssh'),
  ...login,
  ...connectionKeys,
  users: texts.default([]),
  jump: closed(login).optional(),
  algorithms: closed({
    kex: texts.default([]),
    ciphers: texts.default([]),
    macs: texts.default([]),
    hostKeys: texts.default([]),
  }).prefault({}),
  keepalive: duration.default(30_000),
  sftp: z.boolean().default(false),
  subsystems: texts.default([]),
  forwarding: atLeastOne(z.enum(['local', 'remote'])).default([]),
  agentForwarding: z.boolean().default(false),
  x11: z.boolean().default(false),
  env: texts.default([]),
});
