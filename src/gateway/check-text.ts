import { safeLine } from '../core/safe-text.ts';
import type { CaseResult } from './policy-test.ts';
import type { CheckedFile, CheckedGateway } from './policy-tools.ts';

/** One line, and one for each warning. */
export function checkedFileText(checked: CheckedFile): string {
  const { path, revision, rules, chains, connections, warnings } = checked;
  const counts = [
    countOf(rules, 'rule'),
    countOf(chains.length, 'chain'),
    countOf(connections.length, 'connection'),
  ].join(', ');
  return [
    safeLine(`${path} is fine: ${counts}; revision ${revision}`, 1000),
    ...warnings.map((warning) => safeLine(`warning: ${warning}`, 1000)),
  ].join('\n');
}

export function checkedGatewayText(checked: CheckedGateway): string {
  return [
    checkedFileText(checked),
    safeLine(`listens at ${checked.listen}, known as ${checked.publicUrl}`, 1000),
    ...checked.issuers.map((issuer) => safeLine(`people log in at ${issuer}`, 1000)),
    ...checked.sinks.map((sink) => safeLine(`audit records go on to ${sink}`, 1000)),
    ...(checked.metrics === null ? [] : [safeLine(`metrics are at ${checked.metrics}`, 1000)]),
    ...(checked.traces === null ? [] : [safeLine(`traces go to ${checked.traces}`, 1000)]),
  ].join('\n');
}

export function caseResultsText(results: readonly CaseResult[]): string {
  const failed = results.filter(({ passed }) => !passed);
  return [
    ...results.flatMap(({ name, passed, differences }) => [
      safeLine(`${passed ? 'ok  ' : 'FAIL'} ${name}`),
      ...differences.map((difference) => safeLine(`       ${difference}`, 400)),
    ]),
    '',
    `${countOf(results.length, 'case')}, ${failed.length === 0 ? 'all as expected' : `${failed.length} not as expected`}`,
  ].join('\n');
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
