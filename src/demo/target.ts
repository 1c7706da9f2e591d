/** The PostgreSQL that a demo's gateway stands before. */
export interface DemoTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  /** As `tls` of a connection; null leaves it to the gateway's default. */
  readonly tls: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full' | null;
  /** File with its authority. */
  readonly ca: string | null;
  /** The way round the gateway, for whoever wants to compare. */
  readonly url: string;
  /** What the person who starts it should know. */
  readonly remarks: readonly string[];
  /** Directly, as the same role as the gateway. */
  readonly query: DirectQuery;
  /** Leaves nothing behind that the demo brought. */
  close(): Promise<void>;
}

export type DirectQuery = (
  sql: string,
  values?: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>;
