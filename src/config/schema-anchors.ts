import type { z } from 'zod';
import { isProtectedUrl } from './protected-url.ts';
import { bucket } from './schema-bucket.ts';
import { closed, relativeFolder, secret, text } from './schema-parts.ts';
import { keepFor } from './schema-recording.ts';
import { protectedUrl } from './schema-url.ts';

/** What no other program takes for an option, a helper's name, or two words. */
const repository = text.refine(isRepository, {
  error:
    'is no repository: https://…, ssh://…, user@host:path, file:///… or a path; no password in it, and no user in an https one',
});

/** As git and scp have it. */
const atHost = /^[\w.-]+@[\w.-]+:(?!:)/;

/** Whether it is no path of this machine's. */
export function isRemote(value: string): boolean {
  return atHost.test(value) || /^[a-z][a-z0-9+.-]*:/i.test(value);
}

function isRepository(value: string): boolean {
  if (/[\p{Cc}\s]/u.test(value) || value.startsWith('-')) return false;
  if (!isRemote(value) || atHost.test(value)) return true;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || url.password !== '') return false;
  // A user is a token as often as not, and would stand in logs: see `user` and `token`.
  if (isProtectedUrl(url)) return url.username === '';
  return url.protocol === 'ssh:' || url.protocol === 'file:';
}

/** Of git's names (git-check-ref-format), those that need no quoting anywhere. */
const branch = text.regex(
  /^(?!.*(\.\.|\/\/|\/\.|\.lock(\/|$)))[A-Za-z0-9][A-Za-z0-9._/-]*(?<![./])$/,
  'is no name of a branch: letters, digits, dots, dashes, underscores and slashes',
);

/** ssh reads it from its options, where these would mean something. */
const sshFile = text.regex(/^[^"%$\\\p{Cc}]+$/u, 'must be a path without ", %, $ and backslash');

const kinds = ['file', 'webhook', 'git', 's3'] as const;

/** Which kind the other keys belong to. */
const belongings = {
  secret: 'webhook',
  retain: 's3',
  branch: 'git',
  path: 'git',
  user: 'git',
  token: 'git',
  sshKey: 'git',
  knownHosts: 'git',
} as const;

/** Where checkpoints go beside the log: exactly one of the kinds. */
export const anchor = closed({
  file: text.optional(),
  webhook: protectedUrl.optional(),
  git: repository.optional(),
  s3: bucket.optional(),
  retain: keepFor.optional(),
  secret: secret.optional(),
  branch: branch.optional(),
  path: relativeFolder.optional(),
  user: text.regex(/^[^:\p{Cc}]+$/u, 'must not have a colon').optional(),
  token: secret.optional(),
  sshKey: sshFile.optional(),
  knownHosts: sshFile.optional(),
}).check((context) => {
  const { value: input, issues } = context;
  const given = kinds.filter((kind) => input[kind] !== undefined);
  if (given.length !== 1) {
    const message =
      'must be { file: PATH }, { webhook: URL }, { git: REPOSITORY } or { s3: { … } }';
    issues.push({ code: 'custom', message, input });
    return;
  }
  for (const [key, kind] of Object.entries(belongings)) {
    if (!(key in input) || given.includes(kind)) continue;
    issues.push({
      code: 'custom',
      message: `is for an anchor of the kind ${kind}`,
      path: [key],
      input,
    });
  }
  if (input.token !== undefined && !input.git?.startsWith('http')) {
    const message = 'is for a repository that is reached by https';
    issues.push({ code: 'custom', message, path: ['token'], input });
  }
});

export type AnchorDocument = z.infer<typeof anchor>;
