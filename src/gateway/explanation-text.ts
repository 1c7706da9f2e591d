import type { Decidable } from '../core/operation.ts';
import { safeLine } from '../core/safe-text.ts';
import type { Verdict } from '../core/verdict.ts';
import { lengthOf, type MaskExplanation } from '../masking/explain.ts';
import type { StatementExplanation } from './explain.ts';
import { factLines } from './fact-lines.ts';
import type { OpenRuleExplanation } from './open-rules.ts';

/** For a terminal: the verdict, what was seen of the statement, and every rule with its reasons. */
export function explanationText(explanation: StatementExplanation): string {
  const { decidable, rules } = explanation;
  const having = (matched: boolean | null) => rules.filter((rule) => rule.matched === matched);
  return [
    ...allVerdictLines(explanation),
    '',
    ...statementLines(decidable),
    ...maskLines(explanation),
    ...section('Rules that match', having(true)),
    ...section('Rules that may match', having(null)),
    ...section('Rules that do not', having(false)),
  ].join('\n');
}

function allVerdictLines({ verdict, possible }: StatementExplanation): string[] {
  if (verdict !== null) return verdictLines(verdict);
  return [
    "cannot be told without the database's catalog",
    ...possible.flatMap((each) => {
      const [what = '', ...more] = verdictLines(each.verdict);
      return [safeLine(`  if ${each.if}: ${what}`, 400), ...more.map((line) => `  ${line}`)];
    }),
  ];
}

function verdictLines(verdict: Verdict): string[] {
  switch (verdict.kind) {
    case 'allow':
      return [`allow${byRules(verdict.rules) || ': the default, for no rule matches'}`];
    case 'review':
      return [
        `review${byRules(verdict.rules)}`,
        ...verdict.chains.map(({ name, stages }) => {
          const who = stages.map(({ groups = [], users = [], count }) => {
            const from = [...groups.map((group) => `group ${group}`), ...users].join(' or ');
            return `${count} of ${from}`;
          });
          return safeLine(`  chain ${name}: ${who.join(', then ')}`);
        }),
      ];
    case 'deny':
      return [
        `deny${byRules(verdict.rules)} (${verdict.code})`,
        safeLine(`  ${verdict.message}`, 400),
      ];
    default:
      return verdict satisfies never;
  }
}

function byRules(rules: readonly string[]): string {
  return rules.length === 0 ? '' : safeLine(` by ${rules.map((rule) => `"${rule}"`).join(', ')}`);
}

function statementLines({ summary, facts }: Decidable): string[] {
  return [
    'What it is',
    safeLine(`  ${summary}`),
    ...factLines(facts).map(([key, value]) => safeLine(`  ${key}: ${value}`)),
    '',
  ];
}

/** The gateway itself asks the database which columns these are, and what views are made of. */
function maskLines({ masks, masksMore }: StatementExplanation): string[] {
  if (masks.length === 0 && !masksMore) return [];
  const lines = masks.flatMap(({ rule, strategy, columns, paths, detectors, unmask }) => {
    const by = `${rule === null ? '' : ` (${JSON.stringify(rule)})`}${liftedBy(unmask)}`;
    const found = detectors.length === 0 ? [] : [`${detectors.join(', ')}, wherever it stands`];
    return [...columns, ...paths, ...found].map((what) => `  ${what}: ${strategy}${by}`);
  });
  const views = masksMore
    ? ['  What views, foreign keys and children show of masked columns: only the catalog tells.']
    : [];
  return [
    'What is masked of the answer',
    ...lines.map((line) => safeLine(line, 400)),
    ...views,
    '',
  ];
}

function liftedBy(unmask: MaskExplanation['unmask']): string {
  if (unmask === null) return '';
  return `; chain ${unmask.chain} may lift it for ${lengthOf(unmask.forMs)}`;
}

function section(title: string, rules: readonly OpenRuleExplanation[]): string[] {
  if (rules.length === 0) return [];
  return [title, ...rules.flatMap(ruleLines), ''];
}

/** A rule that does not match is explained by what failed alone. */
function ruleLines({ name, then, matched, conditions }: OpenRuleExplanation): string[] {
  const telling = matched === true ? conditions : conditions.filter(({ held }) => held === matched);
  const reasons = telling.map(({ key, because }) => safeLine(`    ${key}: ${because}`, 400));
  return [
    safeLine(`  ${then} "${name}"`),
    ...(reasons.length === 0 ? ['    it asks nothing'] : reasons),
  ];
}
