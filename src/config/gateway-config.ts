import type { AuditSink } from '../core/audit-sink.ts';
import type { GitAnchor } from '../core/git-anchor.ts';
import type { MaskingSpec } from '../core/masking.ts';
import type { BucketPlace } from '../core/object-store.ts';
import type { PolicySpec } from '../core/rules.ts';
import type { Secret } from '../core/secret.ts';
import type { ListenAddress } from './schema-listen.ts';

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
  readonly audit: AuditConfig;
  /** Where metrics and health are asked for; null: nowhere. */
  readonly metrics: (ListenAddress & { readonly exposed: boolean }) | null;
  /** Where traces go; null: there are none. */
  readonly tracing: TracingConfig | null;
  readonly identity: readonly IdentityConfig[];
  readonly connections: Readonly<Record<string, ConnectionConfig>>;
  readonly policy: PolicySpec;
  readonly masking: MaskingSpec;
  readonly recording: RecordingConfig;
}

export interface RecordingConfig {
  /** Absolute. */
  readonly folder: string;
  /** Connections whose sessions go on when they cannot be recorded. */
  readonly optionalFor: readonly string[];
  /** age recipients; none: recordings are in the clear. */
  readonly recipients: readonly string[];
  /** Null: for ever. */
  readonly keepForMs: number | null;
  readonly keepBytes: number | null;
  /** First rows of an answer that are kept. */
  readonly rowLimit: number;
  /** Bytes of output that are kept of a program without a terminal. */
  readonly outputLimit: number;
  /** Where ended recordings go; null: they stay in the folder. */
  readonly bucket: BucketPlace | null;
}

export interface AuditConfig {
  /** Of the log's files. */
  readonly folder: string;
  /** The gateway's signing key. */
  readonly keyFile: string;
  readonly anchors: readonly AnchorConfig[];
  readonly sinks: readonly AuditSink[];
}

export interface TracingConfig {
  /** With its path. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** PEM; null for the authorities that Node trusts. */
  readonly ca: string | null;
  /** The share of traces that is kept: more than 0, at most 1. */
  readonly sample: number;
}

/** Where checkpoints are kept out of the gateway's reach. */
export type AnchorConfig =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: Secret | null }
  | {
      readonly kind: 's3';
      readonly place: BucketPlace;
      /** How long each checkpoint is locked. */
      readonly retainMs: number;
    }
  | GitAnchor;

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
export type ConnectionConfig =
  | PostgresConnectionConfig
  | SshConnectionConfig
  | HttpConnectionConfig
  | KubernetesConnectionConfig;

interface AnyConnectionConfig {
  readonly labels: Readonly<Record<string, string>>;
  readonly access: { readonly groups: readonly string[]; readonly users: readonly string[] };
  /** Digest of all of it, the secrets' values left out. */
  readonly revision: string;
}

export interface PostgresConnectionConfig extends AnyConnectionConfig {
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
  /** Functions trusted beyond the built-in list, `schema.name`. */
  readonly trustedFunctions: readonly string[];
}

/** One hop: where, as whom, with what, and how its host key is known. */
export interface SshLoginConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly key: Secret | null;
  readonly passphrase: Secret | null;
  readonly password: Secret | null;
  /** The Unix socket of an agent. */
  readonly agent: string | null;
  readonly hostKey:
    | { readonly kind: 'fingerprints'; readonly fingerprints: readonly string[] }
    | { readonly kind: 'known_hosts'; readonly text: string };
}

export interface SshConnectionConfig extends AnyConnectionConfig, SshLoginConfig {
  readonly type: 'ssh';
  /** Others that a client may log in as. */
  readonly users: readonly string[];
  readonly jump: SshLoginConfig | null;
  /** Empty: those that hoopx considers sound. */
  readonly algorithms: {
    readonly kex: readonly string[];
    readonly ciphers: readonly string[];
    readonly macs: readonly string[];
    readonly hostKeys: readonly string[];
  };
  readonly keepaliveMs: number;
  readonly sftp: boolean;
  readonly subsystems: readonly string[];
  readonly forwarding: { readonly local: boolean; readonly remote: boolean };
  readonly agentForwarding: boolean;
  readonly x11: boolean;
  /** Globs over names of environment variables. */
  readonly environment: readonly string[];
}

export interface HttpConnectionConfig extends AnyConnectionConfig, HttpPlaceConfig {
  readonly type: 'http';
}

/** A token program and whom the cluster sees; else as HTTP. */
export interface KubernetesConnectionConfig extends AnyConnectionConfig, HttpPlaceConfig {
  readonly type: 'kubernetes';
  readonly tokenProgram: {
    readonly command: string;
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly folder: string;
  } | null;
  readonly impersonate: { readonly systemGroups: readonly string[] } | null;
  /** Whether the API server is asked what a write would change, for its card. */
  readonly diffs: boolean;
}

interface HttpPlaceConfig {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly tls: {
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: Secret | null;
    readonly serverName: string | null;
  };
  readonly credential:
    | { readonly kind: 'none' }
    | { readonly kind: 'header'; readonly name: string; readonly value: Secret }
    | { readonly kind: 'bearer'; readonly token: Secret }
    | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
    | { readonly kind: 'cookie'; readonly name: string; readonly value: Secret };
  /** In upper case. */
  readonly methods: readonly string[];
  readonly healthPath: string | null;
  readonly graphql: boolean;
  /** Names beside loopback ones that a client's Host may have. */
  readonly hosts: readonly string[];
  readonly rewriteRedirects: boolean;
  /** Where browsers reach it at the gateway itself; without it they come through a tunnel. */
  readonly browser?: {
    /** In lower case, and of this connection alone. */
    readonly host: string;
    /** Name of an entry of `identity`; null for the first. */
    readonly identity: string | null;
  };
}
