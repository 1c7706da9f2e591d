import type { OperationView, RequestView } from '../control/contract.ts';
import type { RemoteOutput } from './captured-output.ts';
import type { HttpResult } from './http-answer.ts';
import type { SqlAnswer } from './sql-answer.ts';

/** `hoopx.result/v1`: what scripts and agents read. */
export interface ExecResult {
  readonly schema: 'hoopx.result/v1';
  readonly requestId: string | null;
  readonly status: ExecStatus;
  /** Whether this answer can still change. */
  readonly final: boolean;
  /** Who speaks: the gate, or the target through it. */
  readonly source: 'hoopx' | 'child';
  readonly action: {
    readonly connection: string;
    /** Null when it ended before the gateway had said what the connection leads to. */
    readonly protocol: string | null;
    readonly digest: string | null;
    readonly summary: string | null;
  };
  readonly decision: {
    readonly kind: string;
    readonly by: string;
    readonly at: string;
    readonly reason: string | null;
  } | null;
  readonly policy: { readonly rules: readonly string[]; readonly revision: string | null };
  readonly expiresAt: string | null;
  readonly pollAfterMs: number | null;
  /** The command that goes on from here. */
  readonly next: string | null;
  readonly result: SqlResult | RemoteOutput | HttpResult | null;
  readonly child: {
    readonly exitCode: number;
    readonly sqlstate?: string;
    readonly message?: string;
  } | null;
}

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly rowCount: number | null;
  readonly truncated: boolean;
}

/** Where it was to run. */
export type Target = Pick<ExecResult['action'], 'connection' | 'protocol'>;

export type ExecStatus =
  | 'pending'
  | 'approved'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'denied'
  | 'changes_requested'
  | 'expired'
  | 'cancelled'
  | 'revoked'
  | 'unknown';

const pollAfterMs = 5_000;

export interface ResultParts {
  readonly target: Target;
  readonly status: ExecStatus;
  readonly source: 'hoopx' | 'child';
  readonly operation: OperationView | null;
  readonly request: RequestView | null;
  readonly result?: ExecResult['result'];
  readonly child?: ExecResult['child'];
}

export function execResult(parts: ResultParts): ExecResult {
  const { target, status, source, operation, request } = parts;
  const pending = isMoving(status);
  const last = request?.decisions.at(-1);
  return {
    schema: 'hoopx.result/v1',
    requestId: request?.id ?? operation?.requestId ?? null,
    status,
    final: !pending,
    source,
    action: {
      connection: target.connection,
      protocol: target.protocol,
      digest: operation?.digest ?? request?.digest ?? null,
      summary: operation?.summary ?? request?.summary ?? null,
    },
    decision:
      last === undefined
        ? null
        : { kind: last.kind, by: last.by.name, at: last.at, reason: last.reason },
    policy: {
      rules: operation?.rules ?? request?.rules ?? [],
      revision: operation?.policyRevision ?? request?.policyRevision ?? null,
    },
    expiresAt: pending ? (request?.runBefore ?? request?.expiresAt ?? null) : null,
    pollAfterMs: pending ? pollAfterMs : null,
    next: nextOf(status, request),
    result: parts.result ?? null,
    child: parts.child ?? null,
  };
}

function nextOf(status: ExecStatus, request: RequestView | null): string | null {
  if (request === null) return null;
  if (isMoving(status)) return `hoopx requests wait ${request.id}`;
  return status === 'unknown' ? `hoopx requests show ${request.id}` : null;
}

/** Whether this answer can still change. */
function isMoving(status: ExecStatus): boolean {
  return status === 'pending' || status === 'approved' || status === 'running';
}

/** The last statement's rows, with JSON's own types where PostgreSQL's have one. */
export function resultOf(answer: SqlAnswer): SqlResult {
  const last = answer.results.at(-1);
  if (last === undefined) return { columns: [], rows: [], rowCount: null, truncated: false };
  return {
    columns: last.columns.map((column) => column.name),
    rows: last.rows.map((row) =>
      row.map((value, index) => jsonValue(value, last.columns[index]?.type)),
    ),
    rowCount: last.rowCount,
    truncated: last.truncated,
  };
}

const oid = { bool: 16, int2: 21, int4: 23, float4: 700, float8: 701, json: 114, jsonb: 3802 };

/** More digits than a number of JavaScript's keeps. */
const longNumber = /\d[\d.]{15}/;

/**
 * Whole numbers past 2^53, decimals and dates stay the text that the server sent, and so does
 * JSON that may hold such numbers.
 */
function jsonValue(value: string | null, type: number | undefined): unknown {
  if (value === null) return null;
  switch (type) {
    case oid.bool:
      return value === 't';
    case oid.int2:
    case oid.int4:
    case oid.float4:
    case oid.float8: {
      const number = Number(value);
      return Number.isFinite(number) ? number : value;
    }
    case oid.json:
    case oid.jsonb:
      return longNumber.test(value) ? value : JSON.parse(value);
    default:
      return value;
  }
}
