import type {
  GraphqlType,
  HttpClass,
  KubernetesClass,
  KubernetesRisk,
  KubernetesVerb,
  SqlClass,
  SshClass,
  SshKind,
} from './facts.ts';
import type { PrincipalKind } from './principal.ts';

/** A rule as written in the configuration, checked but not compiled. Globs use `*` only. */
export interface RuleSpec {
  readonly name: string;
  readonly connections?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly principals?: {
    readonly groups?: readonly string[];
    readonly users?: readonly string[];
    readonly kinds?: readonly PrincipalKind[];
  };
  readonly sql?: SqlMatch;
  readonly ssh?: SshMatch;
  readonly http?: HttpMatch;
  readonly kubernetes?: KubernetesMatch;
  /** RE2 syntax, over the operation's text; unanchored. */
  readonly pattern?: string;
  /** CEL over `connection`, `principal`, the facts under the protocol's name, and `text`. */
  readonly when?: string;
  /** Names of allow rules of the same set: what one of them matches, this rule does not. */
  readonly except?: readonly string[];
  readonly then: 'allow' | 'deny' | 'review';
  /** For `review`. */
  readonly chain?: string;
  /** For `deny`: shown to the requester. */
  readonly message?: string;
}

export interface SqlMatch {
  readonly class?: readonly SqlClass[];
  readonly statements?: readonly string[];
  /** `schema.table` or `table`, globs. */
  readonly relations?: readonly string[];
  readonly functions?: readonly string[];
  readonly where?: readonly ('present' | 'missing' | 'constant')[];
  readonly copy?: readonly ('from_stdin' | 'to_stdout' | 'from_file' | 'to_file' | 'program')[];
  readonly multiStatement?: boolean;
  readonly rowLocks?: boolean;
  readonly into?: boolean;
  readonly maskedPredicate?: boolean;
}

export interface SshMatch {
  readonly kind?: readonly SshKind[];
  readonly class?: readonly SshClass[];
  /** Globs. Without a space over a command's name, or its last path segment; else over its whole line. */
  readonly commands?: readonly string[];
  /** Globs over absolute paths; a `*` also matches slashes. */
  readonly paths?: readonly string[];
  /** Globs over `host:port`. */
  readonly forward?: readonly string[];
  readonly hosts?: readonly string[];
  readonly environment?: readonly string[];
  readonly sudo?: boolean;
  readonly redirects?: boolean;
  readonly substitutions?: boolean;
  readonly pty?: boolean;
}

export interface HttpMatch {
  readonly class?: readonly HttpClass[];
  /** In upper case. */
  readonly method?: readonly string[];
  /** `/v1/users/:id`, `/files/*`: a name is one segment, `*` anything. */
  readonly path?: readonly string[];
  /** Globs over `name=value`, or over the name alone. */
  readonly query?: readonly string[];
  /** Globs over `name: value`, or over the name alone; names in lower case. Any one will do. */
  readonly headers?: readonly string[];
  /** Globs over the protocol's name in lower case. */
  readonly upgrade?: readonly string[];
  /** Globs over the values at a dotted place of a JSON body: `spec.replicas`, `items.*.name`. */
  readonly body?: Readonly<Record<string, readonly string[]>>;
  readonly graphql?: GraphqlMatch;
}

export interface GraphqlMatch {
  readonly types?: readonly GraphqlType[];
  readonly names?: readonly string[];
  /** Of the root type. */
  readonly fields?: readonly string[];
}

export interface KubernetesMatch {
  readonly class?: readonly KubernetesClass[];
  readonly verb?: readonly KubernetesVerb[];
  /** `pods`, `deployments.apps`, `pods/exec`: globs over name, group and subresource, each apart. */
  readonly resource?: readonly string[];
  /** Globs. */
  readonly namespace?: readonly string[];
  readonly name?: readonly string[];
  readonly risk?: readonly KubernetesRisk[];
  /** `/v1/users/:id` as for HTTP, for what is no resource. */
  readonly path?: readonly string[];
  readonly fieldManager?: readonly string[];
  readonly images?: readonly string[];
  /** Globs over the whole command of exec. */
  readonly command?: readonly string[];
  /** Globs over `user:ann`, `group:ops`. */
  readonly impersonate?: readonly string[];
  readonly dryRun?: boolean;
  readonly apply?: boolean;
  readonly force?: boolean;
  /** Globs over the values at a dotted place of the object: `spec.replicas`. */
  readonly body?: Readonly<Record<string, readonly string[]>>;
}

export interface StageSpec {
  readonly groups?: readonly string[];
  /** Names, e-mail addresses or subjects of persons. */
  readonly users?: readonly string[];
  /** Distinct persons needed, at least 1. */
  readonly count: number;
}

export interface ChainSpec {
  readonly stages: readonly StageSpec[];
  readonly approveWithinMs: number;
  readonly runWithinMs: number;
  readonly fallback: 'deny' | { readonly policy: string };
}

/** Everything that verdicts are made from. */
export interface PolicySpec {
  readonly rules: readonly RuleSpec[];
  readonly chains: Readonly<Record<string, ChainSpec>>;
  /** Named second rule sets, used by a chain's fallback. */
  readonly policies: Readonly<Record<string, readonly RuleSpec[]>>;
  readonly unmatched: 'deny' | 'allow';
  readonly revision: string;
}
