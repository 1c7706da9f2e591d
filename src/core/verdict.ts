import type { RefusalCode } from './refusal.ts';
import type { ChainSpec } from './rules.ts';

/** A chain as it stood when the verdict was given. */
export interface ChainRequirement extends ChainSpec {
  readonly name: string;
}

export type Verdict =
  | { readonly kind: 'allow'; readonly rules: readonly string[]; readonly revision: string }
  | {
      readonly kind: 'deny';
      readonly code: Extract<
        RefusalCode,
        | 'DENIED_BY_RULE'
        | 'UNMATCHED'
        | 'UNPARSEABLE'
        | 'NAME_UNCERTAIN'
        | 'UNDECODABLE'
        | 'UNMASKABLE'
      >;
      readonly rules: readonly string[];
      readonly message: string;
      readonly hint?: string;
      readonly revision: string;
    }
  | {
      readonly kind: 'review';
      readonly rules: readonly string[];
      /** At least one; every one must be satisfied. */
      readonly chains: readonly ChainRequirement[];
      readonly revision: string;
    };
