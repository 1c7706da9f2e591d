import { patternProblem } from '../masking/detectors/pattern.ts';
import { parseJsonPath } from '../masking/json/json-path.ts';
import type { ReportProblem } from './consistency.ts';
import type { GatewayDocument } from './gateway-schema.ts';

/** What holds between the keys of masking rules. */
export function checkMasking(
  { masking, chains }: Pick<GatewayDocument, 'masking' | 'chains'>,
  report: ReportProblem,
): void {
  for (const [index, rule] of masking.entries()) {
    const at = ['masking', index] as const;
    const { columns, paths, detectors, patterns, secrets, principals, except, unmask } = rule;
    const masks = [columns, paths, detectors, patterns].some((each) => each !== undefined);
    if (!masks && secrets === undefined) {
      report(at, 'must say what it masks: columns, paths, detectors, patterns or secrets');
    }
    if (masks && secrets === 'show') {
      report([...at, 'secrets'], 'shows; a rule that masks is another rule');
    }
    if (unmask !== undefined && !Object.hasOwn(chains, unmask.chain)) {
      report([...at, 'unmask', 'chain'], `there is no chain ${unmask.chain}`);
    }
    if (unmask !== undefined && !masks) {
      report([...at, 'unmask'], 'is for a rule that masks columns, paths, detectors or patterns');
    }
    if (rule.key !== undefined && rule.strategy !== 'hash' && rule.strategy !== 'fake') {
      report([...at, 'key'], `is for hash and fake; this rule says ${rule.strategy}`);
    }
    for (const [key, who] of Object.entries({ principals, except })) {
      if (who !== undefined && Object.values(who).every((each) => each === undefined)) {
        report([...at, key], 'must name groups, users or kinds');
      }
    }
    for (const [pattern, source] of Object.entries(patterns ?? {})) {
      const problem = patternProblem(source);
      if (problem !== null) report([...at, 'patterns', pattern], problem);
    }
    for (const [place, path] of (rule.paths ?? []).entries()) {
      if (parseJsonPath(path) === null) {
        report([...at, 'paths', place], 'is no path: write $.items[*].name, with .. for any depth');
      }
    }
  }
}
