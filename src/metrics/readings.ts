/** What a gateway counts, as it stands when somebody asks. */
export interface Readings {
  readonly sessions: readonly SessionCount[];
  readonly operations: readonly OperationCount[];
  /** By refusal code. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly requests: {
    /** By state, of those that have not ended. */
    readonly open: ReadonlyMap<string, number>;
    /** By state, each time a request came into it. */
    readonly entered: ReadonlyMap<string, number>;
  };
  readonly recording: { readonly bytes: number; readonly failures: number };
  /** Null: there are no traces. */
  readonly spans: { readonly exported: number; readonly dropped: number } | null;
  readonly audit: AuditReading;
}

export interface SessionCount {
  readonly protocol: string;
  readonly open: number;
  readonly begun: number;
}

export interface OperationCount {
  readonly protocol: string;
  readonly verdict: string;
  readonly result: 'passed' | 'refused';
  readonly count: number;
}

export interface AuditReading {
  /** The last record; null while the store cannot say. */
  readonly seq: number | null;
  /** The last record in the files, and the last under a checkpoint. */
  readonly written: number;
  readonly checkpointed: number;
  /** Since the last checkpoint was signed; null before the first of this run. */
  readonly checkpointAgeMs: number | null;
  readonly anchors: readonly {
    readonly name: string;
    readonly owed: number;
    readonly failures: number;
  }[];
  readonly sinks: readonly {
    readonly name: string;
    readonly taken: number;
    /** Milliseconds since the epoch. */
    readonly takenAt: number | null;
    readonly failures: number;
    /** The record that it refuses for good. */
    readonly refused: number | null;
  }[];
}
