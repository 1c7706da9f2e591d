import type { ConnectionIdentity, PolicyQuestion } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import { type CompiledRule, hold } from './rule.ts';

/** The rules of one set that match, in no order that means anything. */
export type RuleSet = (question: PolicyQuestion) => readonly CompiledRule[];

/**
 * Which rules can apply at all to a connection and a principal is worked out once for each
 * pair of objects; both live as long as a session, and never change.
 */
export function createRuleSet(rules: readonly CompiledRule[]): RuleSet {
  const byPrincipal = new WeakMap<
    Principal,
    WeakMap<ConnectionIdentity, readonly CompiledRule[]>
  >();

  function applicable(question: PolicyQuestion): readonly CompiledRule[] {
    const { principal, connection } = question;
    const byConnection = byPrincipal.get(principal) ?? new WeakMap();
    byPrincipal.set(principal, byConnection);
    const known = byConnection.get(connection);
    if (known !== undefined) return known;
    const found = rules.filter(({ standing }) => hold(standing, question));
    byConnection.set(connection, found);
    return found;
  }

  return (question) => applicable(question).filter(({ operation }) => hold(operation, question));
}
