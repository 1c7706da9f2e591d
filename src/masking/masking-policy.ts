import {
  detectorNames,
  type LiftableRule,
  type Mask,
  type Masking,
  type MaskingRule,
  type MaskingSpec,
  type MaskStrategy,
  type TextMasker,
} from '../core/masking.ts';
import type { Secret } from '../core/secret.ts';
import { applies, type MaskingQuestion } from './applies.ts';
import { compileColumns } from './columns.ts';
import { builtIn } from './detectors/built-in.ts';
import type { Detector } from './detectors/detector.ts';
import { patternDetector } from './detectors/pattern.ts';
import { createJsonMasker } from './json/json-masker.ts';
import { type JsonPath, parseJsonPath } from './json/json-path.ts';
import { createMask, strictest } from './strategies.ts';
import { createTextMasker } from './text-masker.ts';

/** The masking rules of one reading of the configuration. */
export interface MaskingPolicy {
  /** Null: that session masks nothing. Strictest wins where several rules match a value. */
  maskingFor(question: MaskingQuestion, options?: MaskingOptions): Masking | null;
  /** The rules that mask there and that an approval may lift. */
  liftable(question: MaskingQuestion): readonly LiftableRule[];
}

export interface MaskingOptions {
  /** Without the rules that an approval may lift. */
  readonly lifted?: boolean;
}

interface CompiledRule {
  readonly rule: MaskingRule;
  readonly mask: Mask;
  readonly patterns: readonly Detector[];
  readonly paths: readonly JsonPath[];
}

/** @param ownKey the gateway's, for what has no key configured */
export function compileMasking({ rules, key }: MaskingSpec, ownKey: Secret): MaskingPolicy {
  const masks = new SharedMasks();
  const compiled = rules.map((rule) => ({
    rule,
    mask: masks.of(rule.strategy, (rule.key ?? key ?? ownKey).reveal()),
    patterns: Object.values(rule.patterns).map(patternDetector),
    paths: rule.paths.map(pathOf),
  }));
  return {
    maskingFor: (question, { lifted = false } = {}) =>
      sessionMasking(
        compiled.filter(({ rule }) => applies(rule, question) && !(lifted && isLiftable(rule))),
        question,
      ),
    liftable: (question) =>
      rules.filter((rule): rule is LiftableRule => isLiftable(rule) && applies(rule, question)),
  };
}

/** One for each strategy and key, whatever rules have them: each has tables of its own. */
class SharedMasks {
  readonly #masks = new Map<string, Mask>();

  of(strategy: MaskStrategy, key: string): Mask {
    const name = `${strategy} ${key}`;
    const mask = this.#masks.get(name) ?? createMask(strategy, key);
    this.#masks.set(name, mask);
    return mask;
  }
}

function isLiftable(rule: MaskingRule): rule is LiftableRule {
  return rule.unmask !== null;
}

function pathOf(text: string): JsonPath {
  const path = parseJsonPath(text);
  if (path === null) throw new Error(`${text} is no path that masks can follow`);
  return path;
}

function sessionMasking(
  applying: readonly CompiledRule[],
  { protocol }: MaskingQuestion,
): Masking | null {
  const columns = compileColumns(applying.map(({ rule, mask }) => ({ globs: rule.columns, mask })));
  const text = textMasker(applying);
  const paths = applying.flatMap(({ paths: own, mask }) => own.map((path) => ({ path, mask })));
  const secrets = protocol === 'kubernetes' && hidesSecrets(applying);
  if (columns === null && text === null && paths.length === 0 && !secrets) return null;
  const bodies = text !== null || paths.length > 0;
  const json = bodies || secrets ? createJsonMasker({ paths, text, secrets }) : null;
  return { columns, text, json, secretsOnly: !bodies };
}

/** They are hidden unless a rule shows them and none masks them. */
function hidesSecrets(applying: readonly CompiledRule[]): boolean {
  const said = applying.map(({ rule }) => rule.secrets);
  return said.includes('mask') || !said.includes('show');
}

/** Each detector once, with the strictest of its masks. */
function textMasker(applying: readonly CompiledRule[]): TextMasker | null {
  const sought = detectorNames.flatMap((name) => {
    const masks = applying.filter(({ rule }) => rule.detectors.includes(name));
    const mask = strictest(masks.map((each) => each.mask));
    return mask === null ? [] : [{ detector: builtIn[name], mask }];
  });
  const patterns = applying.flatMap((each) =>
    each.patterns.map((detector) => ({ detector, mask: each.mask })),
  );
  const all = [...sought, ...patterns];
  return all.length === 0 ? null : createTextMasker(all);
}
