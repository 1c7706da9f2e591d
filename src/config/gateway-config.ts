import type { PolicySpec } from '../core/rules.ts';
import type { Secret } from '../core/secret.ts';

/** The gateway's configuration, checked, with secrets resolved and paths absolute. */
export interface GatewayConfig {
  /** The file, absolute. */
  readonly path: string;
  /** Digest of what the file says, secrets' values left out. Also `policy.revision`. */
  readonly revision: string;
  readonly gateway: {
    readonly host: string;
    readonly port: number;
    /** No trailing slash. */
    readonly publicUrl: string;
    readonly tls: { readonly cert: string; readonly key: Secret } | null;
    /** Groups whose members see and end every session. */
    readonly operators: readonly string[];
  };
  readonly store:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'postgres'; readonly url: Secret };
  readonly identity: readonly IdentityConfig[];
  readonly connections: Readonly<Record<string, ConnectionConfig>>;
  readonly policy: PolicySpec;
}

export interface IdentityConfig {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret | null;
  /** Accepted `aud` of an access token; the client id is accepted for ID tokens. */
  readonly audience: string | null;
  readonly scopes: readonly string[];
  /** Nested claims as a path: `realm_access.roles`. */
  readonly groupsClaim: string;
  readonly personClaim: string;
  readonly ownerClaim: string | null;
  readonly kind: 'human' | 'ci' | 'agent' | { readonly claim: string };
  /** Issuers with the same value name the same people. Default: the identity's name. */
  readonly personNamespace: string;
  readonly clockSkewSeconds: number;
}

/** Grows by one member for each protocol. */
export type ConnectionConfig = PostgresConnectionConfig;

export interface PostgresConnectionConfig {
  readonly type: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Others that a client may name. */
  readonly databases: readonly string[];
  readonly user: string;
  readonly password: Secret | null;
  readonly tls: {
    readonly mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: Secret | null;
  };
  readonly labels: Readonly<Record<string, string>>;
  readonly access: { readonly groups: readonly string[]; readonly users: readonly string[] };
  /** Functions trusted beyond the built-in list, `schema.name`. */
  readonly trustedFunctions: readonly string[];
  /** Digest of all of the above, the secrets' values left out. */
  readonly revision: string;
}
