import { z } from 'zod';
import { ConfigError } from './config-problem.ts';
import { readGatewayFile } from './gateway-file.ts';
import { closed, text, texts } from './schema-parts.ts';
import { schemaProblems } from './schema-problems.ts';
import { parseSource } from './source-document.ts';

const verdict = z.enum(['allow', 'deny', 'review']);
const kind = z.enum(['human', 'ci', 'agent']);

const principal = closed({
  user: text,
  /** Default: the user. */
  subject: text.optional(),
  /** The person whom a CI job or agent belongs to. Default: the subject. */
  person: text.optional(),
  groups: z.array(text).default([]),
  kind: kind.default('human'),
  issuer: text.default(''),
});

const policyCase = closed({
  name: text,
  connection: text,
  principal: z
    .union([text, principal], 'must be a user, or { user, groups, kind }')
    .transform((value) => (typeof value === 'string' ? principal.parse({ user: value }) : value)),
  sql: z.string(),
  expect: z
    .union(
      [verdict, closed({ verdict, rules: texts.optional(), chains: texts.optional() })],
      'must be allow, deny or review, or { verdict, rules, chains }',
    )
    .transform((value) => (typeof value === 'string' ? { verdict: value } : value)),
});

const schema = closed({ cases: z.array(policyCase).min(1, 'must have at least one case') });

export type PolicyCase = z.infer<typeof policyCase>;

/** @throws UserError exit 78; a `ConfigError` names every problem with line, column and key */
export async function loadPolicyCases(file: string): Promise<readonly PolicyCase[]> {
  const { path, text: source } = await readGatewayFile(file, process.cwd());
  const document = parseSource(source);
  if (document.problems.length > 0) throw new ConfigError(path, document.problems);
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return parsed.data.cases;
  throw new ConfigError(path, schemaProblems(parsed.error.issues, document));
}
