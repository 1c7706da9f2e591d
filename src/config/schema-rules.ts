import { z } from 'zod';
import {
  graphqlTypes,
  httpClasses,
  kubernetesClasses,
  kubernetesRisks,
  kubernetesVerbs,
  sqlClasses,
  sshClasses,
  sshKinds,
} from '../core/facts.ts';
import { atLeastOne, closed, duration, name, text, texts } from './schema-parts.ts';

const ruleName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters');

const sql = closed({
  class: atLeastOne(z.enum(sqlClasses)).optional(),
  statements: texts.optional(),
  relations: texts.optional(),
  functions: texts.optional(),
  where: atLeastOne(z.enum(['present', 'missing', 'constant'])).optional(),
  copy: atLeastOne(
    z.enum(['from_stdin', 'to_stdout', 'from_file', 'to_file', 'program']),
  ).optional(),
  multiStatement: z.boolean().optional(),
  rowLocks: z.boolean().optional(),
  into: z.boolean().optional(),
  maskedPredicate: z.boolean().optional(),
});

const ssh = closed({
  kind: atLeastOne(z.enum(sshKinds)).optional(),
  class: atLeastOne(z.enum(sshClasses)).optional(),
  commands: texts.optional(),
  paths: texts.optional(),
  forward: texts.optional(),
  hosts: texts.optional(),
  environment: texts.optional(),
  sudo: z.boolean().optional(),
  redirects: z.boolean().optional(),
  substitutions: z.boolean().optional(),
  pty: z.boolean().optional(),
});

const httpMethod = z.string().regex(/^[A-Z]+$/, 'is a method in upper case: GET, POST');

const http = closed({
  class: atLeastOne(z.enum(httpClasses)).optional(),
  method: atLeastOne(httpMethod).optional(),
  path: texts.optional(),
  query: texts.optional(),
  headers: texts.optional(),
  upgrade: texts.optional(),
  body: z.record(text, texts).optional(),
  graphql: closed({
    types: atLeastOne(z.enum(graphqlTypes)).optional(),
    names: texts.optional(),
    fields: texts.optional(),
  }).optional(),
});

const kubernetes = closed({
  class: atLeastOne(z.enum(kubernetesClasses)).optional(),
  verb: atLeastOne(z.enum(kubernetesVerbs)).optional(),
  resource: texts.optional(),
  namespace: texts.optional(),
  name: texts.optional(),
  risk: atLeastOne(z.enum(kubernetesRisks)).optional(),
  path: texts.optional(),
  fieldManager: texts.optional(),
  images: texts.optional(),
  command: texts.optional(),
  impersonate: texts.optional(),
  dryRun: z.boolean().optional(),
  apply: z.boolean().optional(),
  force: z.boolean().optional(),
  body: z.record(text, texts).optional(),
});

export const rule = closed({
  name: ruleName,
  connections: texts.optional(),
  labels: z.record(name, text).optional(),
  principals: closed({
    groups: texts.optional(),
    users: texts.optional(),
    kinds: atLeastOne(z.enum(['human', 'ci', 'agent'])).optional(),
  }).optional(),
  sql: sql.optional(),
  ssh: ssh.optional(),
  http: http.optional(),
  kubernetes: kubernetes.optional(),
  pattern: text.optional(),
  when: z.string().min(1, 'must not be empty').optional(),
  except: texts.optional(),
  then: z.enum(['allow', 'deny', 'review']),
  chain: text.optional(),
  message: text.optional(),
});

const stage = closed({
  groups: texts.optional(),
  users: texts.optional(),
  count: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(100, 'must be at most 100')
    .default(1),
});

export const chains = z.record(
  name,
  closed({
    stages: z
      .array(stage)
      .min(1, 'must have a stage')
      .max(1, 'more than one stage is not enforced yet by this version of hoopx'),
    approveWithin: duration.default(3_600_000),
    runWithin: duration.default(1_800_000),
    fallback: z
      .union([z.literal('deny'), closed({ policy: text })], 'must be deny or { policy: NAME }')
      .default('deny'),
  }),
);
