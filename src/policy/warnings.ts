import { compileGlobs } from '../core/glob.ts';
import type { PolicySpec } from '../core/rules.ts';

/** What is no error, and yet hardly meant: rules and chains that can never matter. */
export function findPolicyWarnings(
  spec: PolicySpec,
  connections: readonly string[],
): readonly string[] {
  return [...unmatchedRules(spec, connections), ...unusedChains(spec), ...unusedRuleSets(spec)];
}

function unmatchedRules({ rules, policies }: PolicySpec, connections: readonly string[]): string[] {
  return [rules, ...Object.values(policies)].flat().flatMap((rule) => {
    if (rule.connections === undefined) return [];
    if (connections.some(compileGlobs(rule.connections))) return [];
    return `rule "${rule.name}": there is no connection named ${rule.connections.join(' or ')}`;
  });
}

function unusedChains({ rules, chains }: PolicySpec): string[] {
  const used = new Set(rules.map(({ chain }) => chain));
  return Object.keys(chains)
    .filter((name) => !used.has(name))
    .map((name) => `chain "${name}": no rule asks for it`);
}

function unusedRuleSets({ chains, policies }: PolicySpec): string[] {
  const used = new Set(
    Object.values(chains).map(({ fallback }) => (fallback === 'deny' ? null : fallback.policy)),
  );
  return Object.keys(policies)
    .filter((name) => !used.has(name))
    .map((name) => `policies "${name}": no chain falls back to it`);
}
