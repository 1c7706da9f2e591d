import { loadGatewayConfig } from '../config/load-gateway-config.ts';
import { loadPolicyCases } from '../config/policy-cases.ts';
import { loadPolicyFile } from '../config/policy-file.ts';
import { sinkName } from '../core/audit-sink.ts';
import { findPolicyWarnings } from '../policy/warnings.ts';
import { explainStatement, type StatementExplanation, type SupposedStatement } from './explain.ts';
import { type CaseResult, testPolicy } from './policy-test.ts';
import { loadStatementReaders } from './statement-readers.ts';

/** A file that would be accepted. */
export interface CheckedFile {
  readonly path: string;
  readonly revision: string;
  readonly rules: number;
  readonly chains: readonly string[];
  readonly connections: readonly string[];
  /** What is no error and hardly meant. */
  readonly warnings: readonly string[];
}

/** @throws UserError exit 78, with every problem */
export async function checkPolicyFile(file: string | undefined): Promise<CheckedFile> {
  const { path, policy, connections } = await loadPolicyFile(file);
  const names = Object.keys(connections);
  return {
    path,
    revision: policy.revision,
    rules: policy.rules.length,
    chains: Object.keys(policy.chains),
    connections: names,
    warnings: findPolicyWarnings(policy, names),
  };
}

export interface CheckedGateway extends CheckedFile {
  readonly listen: string;
  readonly publicUrl: string;
  readonly issuers: readonly string[];
  /** Where audit records are sent on. */
  readonly sinks: readonly string[];
  /** HOST:PORT; null: nowhere. */
  readonly metrics: string | null;
  /** Of spans; null: nowhere. */
  readonly traces: string | null;
}

/** As the gateway would start: secrets and certificates are read too. */
export async function checkGatewayFile(file: string | undefined): Promise<CheckedGateway> {
  const config = await loadGatewayConfig(file);
  const checked = await checkPolicyFile(config.path);
  const { gateway, audit, metrics, tracing } = config;
  return {
    ...checked,
    listen: addressText(gateway),
    publicUrl: gateway.publicUrl,
    issuers: config.identity.map(({ issuer }) => issuer),
    sinks: audit.sinks.map(sinkName),
    metrics: metrics === null ? null : addressText(metrics),
    traces: tracing?.endpoint ?? null,
  };
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export async function explainInFile(
  file: string | undefined,
  statement: SupposedStatement,
): Promise<StatementExplanation> {
  const [policyFile, readers] = await Promise.all([loadPolicyFile(file), loadStatementReaders()]);
  return explainStatement(policyFile, readers, statement);
}

export async function testInFile(
  file: string | undefined,
  cases: string,
): Promise<readonly CaseResult[]> {
  const expected = await loadPolicyCases(cases);
  const [policyFile, readers] = await Promise.all([loadPolicyFile(file), loadStatementReaders()]);
  return testPolicy(policyFile, readers, expected);
}
