import { digestOf } from '../core/digest.ts';
import type { PolicySpec } from '../core/rules.ts';
import { findPolicyProblems } from '../policy/policy.ts';
import { ConfigError, type ConfigProblem } from './config-problem.ts';
import { checkConsistency } from './consistency.ts';
import { readGatewayFile } from './gateway-file.ts';
import { type GatewayDocument, gatewaySchema } from './gateway-schema.ts';
import { policySpec } from './policy-spec.ts';
import { schemaProblems } from './schema-problems.ts';
import { parseSource, type SourceDocument } from './source-document.ts';

export interface Checked {
  readonly path: string;
  readonly source: SourceDocument;
  readonly document: GatewayDocument;
  readonly revision: string;
  readonly policy: PolicySpec;
}

/** The file, with everything checked that can be without reading what it refers to. */
export async function readChecked(file: string | undefined): Promise<Checked> {
  const { path: found, text } = await readGatewayFile(file, process.cwd());
  const source = parseSource(text);
  if (source.problems.length > 0) throw new ConfigError(found, source.problems);
  const parsed = gatewaySchema.safeParse(source.value);
  if (!parsed.success) {
    throw new ConfigError(found, schemaProblems(parsed.error.issues, source));
  }
  const document = parsed.data;
  const revision = digestOf('hoopx.config/v1', source.value);
  const policy = policySpec(document, revision);
  const problems: ConfigProblem[] = [];
  checkConsistency(document, (at, message) => problems.push(source.problemAt(at, message)));
  for (const { path: at, rule, message } of findPolicyProblems(policy)) {
    const named = rule === undefined ? message : `rule ${JSON.stringify(rule)}: ${message}`;
    problems.push(source.problemAt(at, named));
  }
  if (problems.length > 0) throw new ConfigError(found, problems);
  return { path: found, source, document, revision, policy };
}
