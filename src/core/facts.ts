import type { JsonValue } from './json.ts';

/** What a rule can know of an SQL operation, read from PostgreSQL's own parse tree. */
export const sqlClasses = [
  'read',
  'write',
  'ddl',
  'dcl',
  'session',
  'transaction',
  'opaque',
  'unknown',
] as const;

export type SqlClass = (typeof sqlClasses)[number];

/** `schema` is null where the statement leaves it to search_path. */
export interface SqlName {
  readonly schema: string | null;
  readonly name: string;
}

/**
 * Sets over every statement of the operation, nested ones included. Order carries no meaning.
 * `statements` are command tags in snake_case: `select`, `drop_table`, `copy`.
 */
export interface SqlFacts {
  readonly protocol: 'postgres';
  readonly classes: readonly SqlClass[];
  readonly statements: readonly string[];
  readonly reads: readonly SqlName[];
  readonly writes: readonly SqlName[];
  readonly functions: readonly SqlName[];
  /** How UPDATE and DELETE choose rows; empty when there is none. */
  readonly where: readonly ('present' | 'missing' | 'constant')[];
  readonly copy: readonly ('from_stdin' | 'to_stdout' | 'from_file' | 'to_file' | 'program')[];
  readonly statementCount: number;
  readonly rowLocks: boolean;
  readonly into: boolean;
  /** A column that is masked in this session decides which rows there are, or in which order. */
  readonly maskedPredicate: boolean;
}

/** What an SSH client asks for; RFC 4254, and the SFTP operations of a file. */
export const sshKinds = [
  'exec',
  'shell',
  'subsystem',
  'scp',
  'sftp_read',
  'sftp_write',
  'sftp_list',
  'sftp_stat',
  'sftp_setstat',
  'sftp_remove',
  'sftp_rename',
  'sftp_mkdir',
  'sftp_rmdir',
  'sftp_link',
  'direct_tcpip',
  'tcpip_forward',
  'forwarded_tcpip',
  'agent_forwarding',
  'x11_forwarding',
] as const;

export type SshKind = (typeof sshKinds)[number];

/** `opaque`: the command's syntax tree does not tell what would run. `unknown`: it has none. */
export const sshClasses = ['plain', 'opaque', 'unknown'] as const;

export type SshClass = (typeof sshClasses)[number];

/** A simple command of a shell's syntax tree, nested ones included. */
export interface ShellCommand {
  /** As written, quotes removed: `/usr/bin/rm`. */
  readonly name: string;
  /** Name and arguments joined by one space, quotes removed, expansions as written: `rm -rf $DIR`. */
  readonly line: string;
}

/** Sets over everything that one request would start. Order carries no meaning. */
export interface SshFacts {
  readonly protocol: 'ssh';
  readonly kinds: readonly SshKind[];
  readonly classes: readonly SshClass[];
  /** Of `exec`; for `subsystem` its name alone. */
  readonly commands: readonly ShellCommand[];
  /** Files that SFTP and scp name, absolute as far as can be known, and targets of redirections. */
  readonly paths: readonly string[];
  /** `host:port` that a forwarding reaches or listens on; IPv6 hosts in brackets. */
  readonly forward: readonly string[];
  /** Other hosts that the commands name: for `ssh`, `scp`, `rsync`. */
  readonly hosts: readonly string[];
  /** Whether a command asks for another user: `sudo`, `su`, `doas`, `pkexec`. */
  readonly sudo: boolean;
  readonly redirects: boolean;
  readonly substitutions: boolean;
  readonly pty: boolean;
  /** Names of environment variables that the client sets. */
  readonly environment: readonly string[];
}

/**
 * `health`: GET or HEAD of the path that the configuration names for it. `opaque`: its body, or
 * what follows an upgrade, was not looked at. `unknown`: its body is not what it is said to be.
 */
export const httpClasses = ['plain', 'health', 'opaque', 'unknown'] as const;

export type HttpClass = (typeof httpClasses)[number];

export interface HttpPair {
  readonly name: string;
  readonly value: string;
}

export const graphqlTypes = ['query', 'mutation', 'subscription'] as const;

export type GraphqlType = (typeof graphqlTypes)[number];

/** Sets over every operation of the documents that a request carries. */
export interface GraphqlFacts {
  readonly types: readonly GraphqlType[];
  /** As the client calls its operations; nothing that the service relies on. */
  readonly names: readonly string[];
  /** Of the root type, fragments followed: what is really asked for. */
  readonly fields: readonly string[];
}

/** One HTTP request, exactly as it would be sent. */
export interface HttpFacts {
  readonly protocol: 'http';
  readonly classes: readonly HttpClass[];
  readonly method: string;
  /** Percent-decoded; no empty and no dot segments: `/v1/users/7`. */
  readonly path: string;
  /** A set: where servers disagree what separates pairs, all readings. */
  readonly query: readonly HttpPair[];
  /** Names in lower case; without what authenticates. */
  readonly headers: readonly HttpPair[];
  /** The protocol that an upgrade asks for, in lower case: `websocket`. */
  readonly upgrade: string | null;
  readonly body:
    | { readonly kind: 'none' }
    | { readonly kind: 'json'; readonly value: JsonValue }
    /** Read, and no JSON: a form, a file. */
    | { readonly kind: 'other' }
    /** Not read. */
    | { readonly kind: 'opaque' };
  /** Null where the connection is not said to speak GraphQL, or the request carries none. */
  readonly graphql: GraphqlFacts | null;
}

/**
 * `discovery`: what clients ask to find their way: API groups, OpenAPI, version, health, and what
 * one may do oneself. `dry_run`: a write that the server is asked not to keep. `exec`: what runs
 * programs in a cluster or opens ways into it. `opaque`: its body was not read. `unknown`: no
 * request that the Kubernetes API has, or a body that does not say what its path says.
 */
export const kubernetesClasses = [
  'discovery',
  'read',
  'write',
  'dry_run',
  'exec',
  'opaque',
  'unknown',
] as const;

export type KubernetesClass = (typeof kubernetesClasses)[number];

/** As RBAC names them; `connect` is what exec, attach, port-forward and proxy do, by any method. */
export const kubernetesVerbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'connect',
] as const;

export type KubernetesVerb = (typeof kubernetesVerbs)[number];

/** What gives more power than its verb and resource say. */
export const kubernetesRisks = [
  'exec',
  'attach',
  'port_forward',
  'proxy',
  'ephemeral_containers',
  'eviction',
  'token',
  'secret',
  'rbac',
  'escalation',
  'impersonation',
  'host_access',
  'privileged',
  'webhook',
  'csr_approval',
] as const;

export type KubernetesRisk = (typeof kubernetesRisks)[number];

/** `group` is empty for the core group, `subresource` where there is none. */
export interface KubernetesResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

/** One request to a Kubernetes API server, exactly as it would be sent. */
export interface KubernetesFacts {
  readonly protocol: 'kubernetes';
  readonly classes: readonly KubernetesClass[];
  readonly verb: KubernetesVerb;
  /** Null for what is no resource: `/healthz`. */
  readonly resource: KubernetesResource | null;
  /** Null for what is in none, and for all namespaces. */
  readonly namespace: string | null;
  /** Null for all of a kind, and for one whose name the server makes up. */
  readonly name: string | null;
  /** Whether it may be about more than `namespace` says: a list over all namespaces. */
  readonly everyNamespace: boolean;
  /** Percent-decoded: `/api/v1/namespaces/dev/pods`. */
  readonly path: string;
  readonly risks: readonly KubernetesRisk[];
  readonly dryRun: boolean;
  /** Server-side apply. */
  readonly apply: boolean;
  /** Takes fields over from other managers. */
  readonly force: boolean;
  readonly fieldManager: string | null;
  readonly labelSelector: string | null;
  readonly fieldSelector: string | null;
  /** Of containers in the body. */
  readonly images: readonly string[];
  readonly container: string | null;
  /** Of exec: its words joined by one space. */
  readonly command: string | null;
  /** Whom the client asks to be taken for: `user:ann`, `group:ops`, `uid:…`, `extra:scopes=…`. */
  readonly impersonate: readonly string[];
  readonly body:
    | { readonly kind: 'none' }
    | { readonly kind: 'object'; readonly value: JsonValue }
    /** Not read, or not understood. */
    | { readonly kind: 'opaque' };
}

/** Grows by one member for each protocol. */
export type Facts = SqlFacts | SshFacts | HttpFacts | KubernetesFacts;
export type Protocol = Facts['protocol'];
