import type { Secret } from '../../core/secret.ts';
import { type HttpTarget, upstreamUserOf } from '../http/target.ts';

/** A program that gives a token (client.authentication.k8s.io/v1). */
export interface TokenProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly folder: string;
}

export interface Impersonation {
  /** Groups whose name begins with `system:` that may be passed on all the same. */
  readonly systemGroups: readonly string[];
}

/** Where and how the gateway reaches one API server. */
export interface KubernetesTarget extends HttpTarget {
  /** Asked for a token where `credential` is none. */
  readonly tokenProgram: TokenProgram | null;
  /** Null: the cluster sees the gateway alone. */
  readonly impersonate: Impersonation | null;
  readonly diffs: boolean;
}

/** What the cluster sees, for a reviewer. */
export function kubernetesUserOf(target: KubernetesTarget, person: string): string {
  const own = target.tokenProgram === null ? upstreamUserOf(target) : 'token of a program';
  return target.impersonate === null ? own : `${person}, impersonated by ${own}`;
}

/** A token, and until when it may be used; milliseconds since the epoch, null for no end. */
export interface IssuedToken {
  readonly token: Secret;
  readonly until: number | null;
}
