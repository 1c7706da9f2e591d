import type { ControlClient } from '../control/client.ts';
import type { OperationView, RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { type GatewayTunnel, openGatewayTunnel } from '../tunnel/gateway-tunnel.ts';
import { type ExecResult, execResult, resultOf } from './exec-result.ts';
import { endingOfRefusal } from './exit-code.ts';
import type { SqlAnswer } from './sql-answer.ts';
import { runSql, type SqlRun } from './sql-client.ts';
import { storedEnding } from './stored-ending.ts';

export interface ExecAsk {
  readonly connection: string;
  readonly text: string;
  readonly parameters: readonly (string | null)[] | null;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  /** How long to wait for approval; null: as long as it takes. */
  readonly waitMs: number | null;
  /** How long the whole may take; null: without limit. */
  readonly timeLimitMs: number | null;
  readonly maxRows: number;
}

export interface ExecDeps {
  readonly client: ControlClient;
  /** Aborted by the user's Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Called once, when it is held. */
  readonly onHeld: (request: RequestView) => void;
  readonly onCopyData: (bytes: Buffer) => void;
}

export interface ExecReport {
  readonly exitCode: number;
  readonly result: ExecResult;
  /** For people: every statement's rows, and the target's error. Null when nothing ran. */
  readonly answer: SqlAnswer | null;
  /** What to tell a person when it did not run. */
  readonly refusal: { readonly message: string; readonly hint: string | null } | null;
}

type Ending =
  | { readonly kind: 'answered'; readonly answer: SqlAnswer }
  | { readonly kind: 'waited' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'time_limit' };

/** One SQL operation as a client of the gate: on the same data path as every other client. */
export async function execSql(ask: ExecAsk, deps: ExecDeps): Promise<ExecReport> {
  const tunnel = await openGatewayTunnel({
    client: deps.client,
    ask: {
      connection: ask.connection,
      mode: 'claimable',
      ...(ask.reason === null ? {} : { reason: ask.reason }),
      ...(ask.idempotencyKey === null ? {} : { idempotencyKey: ask.idempotencyKey }),
    },
  });
  try {
    return await new SqlExecution(ask, deps, tunnel).run();
  } finally {
    await tunnel.close();
  }
}

class SqlExecution {
  readonly #ask: ExecAsk;
  readonly #deps: ExecDeps;
  readonly #tunnel: GatewayTunnel;
  readonly #left = new AbortController();
  #heldId: string | null = null;
  #waitEnded: () => void = () => {};

  constructor(ask: ExecAsk, deps: ExecDeps, tunnel: GatewayTunnel) {
    this.#ask = ask;
    this.#deps = deps;
    this.#tunnel = tunnel;
  }

  async run(): Promise<ExecReport> {
    const { text, parameters, maxRows } = this.#ask;
    const stream = await this.#tunnel.open(this.#left.signal);
    const sql = runSql(stream, {
      text,
      parameters,
      maxRows,
      database: this.#tunnel.view.connection.database,
      onCopyData: this.#deps.onCopyData,
      onNotice: () => void this.#lookWhetherHeld().catch(() => {}),
    });
    const ending = await this.#ending(sql);
    if (ending.kind === 'answered') return this.#answered(ending.answer);
    if (ending.kind !== 'waited') await this.#stop(sql);
    stream.destroy();
    return this.#broken(ending);
  }

  #ending(sql: SqlRun): Promise<Ending> {
    const { interrupted } = this.#deps;
    const { timeLimitMs } = this.#ask;
    return new Promise((resolve) => {
      void sql.answer.then((answer) => resolve({ kind: 'answered', answer }));
      this.#waitEnded = () => resolve({ kind: 'waited' });
      const stop = () => resolve({ kind: 'interrupted' });
      if (interrupted.aborted) stop();
      interrupted.addEventListener('abort', stop, { once: true });
      if (timeLimitMs !== null) {
        setTimeout(() => resolve({ kind: 'time_limit' }), timeLimitMs).unref();
      }
    });
  }

  /** A notice may say that it is held; the gateway's API, not the notice, is what is believed. */
  async #lookWhetherHeld(): Promise<void> {
    if (this.#heldId !== null) return;
    const operation = await this.#operation();
    if (operation?.requestId == null || operation.decided || this.#heldId !== null) return;
    this.#heldId = operation.requestId;
    const { waitMs } = this.#ask;
    if (waitMs !== null) setTimeout(() => this.#waitEnded(), waitMs).unref();
    this.#deps.onHeld(await this.#deps.client.request(operation.requestId));
  }

  async #operation(): Promise<OperationView | null> {
    const view = await this.#deps.client.tunnel(this.#tunnel.view.id);
    return view.operations.at(-1) ?? null;
  }

  /** Cancels what is held, or what runs. */
  async #stop(sql: SqlRun): Promise<void> {
    const { client } = this.#deps;
    const operation = await this.#operation().catch(() => null);
    if (operation !== null && !operation.decided && operation.requestId !== null) {
      await client.cancelRequest(operation.requestId).catch(() => {});
      return;
    }
    const cancel = sql.cancelRequest();
    if (cancel === null) return;
    const stream = await this.#tunnel.open(this.#left.signal);
    stream.end(cancel);
    await sql.answer;
  }

  async #broken(ending: Exclude<Ending, { kind: 'answered' }>): Promise<ExecReport> {
    const operation = await this.#operation().catch(() => null);
    const id = this.#heldId ?? operation?.requestId ?? null;
    const request = id === null ? null : await this.#deps.client.request(id);
    const { connection } = this.#ask;
    const parts = { connection, source: 'hoopx', operation, request } as const;
    if (ending.kind === 'waited') {
      const status = request?.state === 'approved' ? 'approved' : 'pending';
      return {
        exitCode: exitCodes.pending,
        result: execResult({ ...parts, status }),
        answer: null,
        refusal: null,
      };
    }
    const exitCode = ending.kind === 'interrupted' ? exitCodes.interrupted : exitCodes.timeLimit;
    const message = ending.kind === 'interrupted' ? 'interrupted' : 'the time limit has passed';
    return {
      exitCode,
      result: execResult({ ...parts, status: 'cancelled' }),
      answer: null,
      refusal: { message, hint: null },
    };
  }

  async #answered(answer: SqlAnswer): Promise<ExecReport> {
    const operation = await this.#operation();
    const { client } = this.#deps;
    const request = operation?.requestId == null ? null : await client.request(operation.requestId);
    const { connection } = this.#ask;
    const parts = { connection, operation, request } as const;
    const refusal = operation?.refusal ?? null;
    if (refusal !== null) {
      if (refusal.code === 'ALREADY_RAN' && request !== null) return storedEnding(parts, request);
      const { exitCode, status } = endingOfRefusal[refusal.code];
      const result = execResult({ ...parts, source: 'hoopx', status });
      return { exitCode, result, answer: null, refusal };
    }
    if (answer.lost || operation === null) return this.#lost(parts, answer);
    return ran(parts, answer);
  }

  /** The connection ended early: before anything was decided, or with the outcome unknown. */
  #lost(
    parts: { connection: string; operation: OperationView | null; request: RequestView | null },
    answer: SqlAnswer,
  ): ExecReport {
    const message = answer.error?.message ?? 'the connection ended before there was an answer';
    const hint = answer.error?.hint ?? null;
    const unknown = parts.operation !== null;
    return {
      exitCode: unknown ? exitCodes.outcomeUnknown : exitCodes.gatewayUnreachable,
      result: execResult({ ...parts, source: 'hoopx', status: unknown ? 'unknown' : 'failed' }),
      answer: null,
      refusal: { message, hint },
    };
  }
}

function ran(
  parts: { connection: string; operation: OperationView | null; request: RequestView | null },
  answer: SqlAnswer,
): ExecReport {
  const { error } = answer;
  const failed = error !== null;
  return {
    exitCode: failed ? exitCodes.failure : exitCodes.success,
    result: execResult({
      ...parts,
      source: 'child',
      status: failed ? 'failed' : 'succeeded',
      result: failed ? null : resultOf(answer),
      child: failed
        ? { exitCode: exitCodes.failure, sqlstate: error.code, message: error.message }
        : { exitCode: exitCodes.success },
    }),
    answer,
    refusal: null,
  };
}
