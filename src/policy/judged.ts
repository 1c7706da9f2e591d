import type { Facts } from '../core/facts.ts';
import type { RuleSpec } from '../core/rules.ts';
import { type Condition, list } from './condition.ts';

const unjudgedClasses: ReadonlySet<string> = new Set(['opaque', 'unknown']);

/** What stands for more than anybody has seen: all that is typed, or done, in it later. */
const wholeKinds: ReadonlySet<string> = new Set([
  'shell',
  'subsystem',
  'agent_forwarding',
  'x11_forwarding',
]);

/** Never let through by a default, nor by an allow rule that does not name them. */
export function unjudged(facts: Facts): readonly string[] {
  return [...ofClasses(facts), ...ofKinds(facts), ...ofRisks(facts)];
}

/** The exception to "a key that is left out asks nothing", for allow rules. */
export function judgedConditions({ then, sql, ssh, http, kubernetes }: RuleSpec): Condition[] {
  if (then !== 'allow') return [];
  const classes = sql?.class ?? ssh?.class ?? http?.class ?? kubernetes?.class;
  const ofOther = (own: object | undefined) =>
    [sql, ssh, http, kubernetes].some((match) => match !== undefined && match !== own);
  return [
    ...(classes === undefined ? [naming('class', ofClasses)] : []),
    ...(ssh?.kind === undefined && !ofOther(ssh) ? [naming('kind', ofKinds)] : []),
    ...(kubernetes?.risk === undefined && !ofOther(kubernetes) ? [naming('risk', ofRisks)] : []),
  ];
}

function naming(
  key: 'class' | 'kind' | 'risk',
  unjudgedOf: (facts: Facts) => readonly string[],
): Condition {
  return {
    key,
    holds: ({ decidable }) => unjudgedOf(decidable.facts).length === 0,
    explain({ decidable }) {
      const words = unjudgedOf(decidable.facts);
      return words.length === 0
        ? 'nothing in it has to be named'
        : `it is ${list(words)}, which an allow rule must name in its ${key}`;
    },
  };
}

function ofClasses(facts: Facts): readonly string[] {
  return facts.classes.filter((word) => unjudgedClasses.has(word));
}

function ofKinds(facts: Facts): readonly string[] {
  return facts.protocol === 'ssh' ? facts.kinds.filter((word) => wholeKinds.has(word)) : [];
}

function ofRisks(facts: Facts): readonly string[] {
  return facts.protocol === 'kubernetes' ? facts.risks : [];
}
