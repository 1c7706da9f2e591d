import type { Mask, Masking, MaskingRule, MaskingSpec } from '../core/masking.ts';
import type { Secret } from '../core/secret.ts';
import { applies, type MaskingQuestion } from './applies.ts';
import { compileColumns } from './columns.ts';
import { createMask } from './strategies.ts';

/** The masking rules of one reading of the configuration. */
export interface MaskingPolicy {
  /** Null: that session masks nothing. Strictest wins where several rules match a value. */
  maskingFor(question: MaskingQuestion): Masking | null;
}

interface CompiledRule {
  readonly rule: MaskingRule;
  readonly mask: Mask;
}

/** @param ownKey the gateway's, for what has no key configured */
export function compileMasking({ rules, key }: MaskingSpec, ownKey: Secret): MaskingPolicy {
  const compiled = rules.map((rule) => ({
    rule,
    mask: createMask(rule.strategy, (rule.key ?? key ?? ownKey).reveal()),
  }));
  return {
    maskingFor: (question) =>
      sessionMasking(compiled.filter(({ rule }) => applies(rule, question))),
  };
}

function sessionMasking(applying: readonly CompiledRule[]): Masking | null {
  const columns = compileColumns(applying.map(({ rule, mask }) => ({ globs: rule.columns, mask })));
  const text = null;
  const files = null;
  return columns === null ? null : { columns, text, files };
}
