import type { Secret } from '../../core/secret.ts';

/** Where and how the gateway reaches one PostgreSQL connection. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Others that a client may name in its startup message. */
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
