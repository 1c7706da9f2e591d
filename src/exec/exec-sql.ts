import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import type { OperationView, RequestView } from '../control/contract.ts';
import { type GatewayTunnel, openGatewayTunnel } from '../tunnel/gateway-tunnel.ts';
import { conclude } from './conclude.ts';
import { type Breaks, createBreaks, type Ending } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import { followHeld } from './follow-held.ts';
import { type LookUp, lookUpOperation, lookUpRequest, type Patience } from './look-up.ts';
import type { SqlAnswer } from './sql-answer.ts';
import type { SqlRun } from './sql-client.ts';
import type { SqlAsk } from './sql-submission.ts';

export interface ExecAsk extends Pick<SqlAsk, 'text' | 'parameters' | 'maxRows'> {
  readonly connection: string;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  /** How long to wait for approval; null: as long as it takes. */
  readonly waitMs: number | null;
  /** How long the whole may take; null: without limit. */
  readonly timeLimitMs: number | null;
}

export interface ExecDeps extends Pick<SqlAsk, 'copyTo'> {
  readonly client: ControlClient;
  /** Aborted by the user's Ctrl-C: what was asked is cancelled. */
  readonly interrupted: AbortSignal;
  /** Aborted when the process is told to go: what was asked stays. */
  readonly terminated: AbortSignal;
  /** Called when it is held, and then about once a minute. */
  readonly onHeld: (request: RequestView, first: boolean) => void;
  /** Called for each decision of a reviewer while it is waited for without limit. */
  readonly onDecision: (request: RequestView) => void;
}

/** How long a gateway that went away may take to come back and tell how it ended. */
const recoveryMs = 10_000;
/** Whoever ends a process does not wait long for its last words. */
const lastWordsMs = 1_000;
/** How long the answer to a cancellation may take, and how often it is sent until then. */
const stopWithinMs = 10_000;
const stopAgainMs = 250;

/**
 * One SQL operation as a client of the gate: on the same data path as every other client.
 * @throws UserError when the tunnel cannot be had
 */
export async function execSql(ask: ExecAsk, deps: ExecDeps): Promise<ExecReport> {
  const breaks = createBreaks({ ...deps, timeLimitMs: ask.timeLimitMs });
  const opening = openGatewayTunnel({
    client: deps.client,
    ask: {
      connection: ask.connection,
      mode: 'claimable',
      ...(ask.reason === null ? {} : { reason: ask.reason }),
      ...(ask.idempotencyKey === null ? {} : { idempotencyKey: ask.idempotencyKey }),
    },
  });
  const tunnel = await Promise.race([opening, breaks.first]);
  if ('kind' in tunnel) {
    opening.then((late) => late.close()).catch(() => {});
    return conclude({ ...nothingKnown, connection: ask.connection, ending: tunnel });
  }
  const execution = new SqlExecution(ask, deps, tunnel, breaks);
  try {
    return await execution.run();
  } finally {
    await execution.close();
  }
}

const nothingKnown = { sent: false, operation: null, request: null, held: null, fault: null };

class SqlExecution {
  readonly #ask: ExecAsk;
  readonly #deps: ExecDeps;
  readonly #tunnel: GatewayTunnel;
  readonly #tunnelId: string;
  readonly #breaks: Breaks;
  readonly #over = new AbortController();
  #held: RequestView | null = null;
  /** As a notice called it: for asking about it when the gateway has forgotten the tunnel. */
  #named: string | null = null;
  #learning = false;
  #closed: Promise<void> | null = null;

  constructor(ask: ExecAsk, deps: ExecDeps, tunnel: GatewayTunnel, breaks: Breaks) {
    this.#ask = ask;
    this.#deps = deps;
    this.#tunnel = tunnel;
    this.#tunnelId = tunnel.view.id;
    this.#breaks = breaks;
  }

  async run(): Promise<ExecReport> {
    const { text, parameters, maxRows } = this.#ask;
    const { copyTo } = this.#deps;
    const [stream, { runSql }] = await Promise.all([
      this.#tunnel.open(this.#over.signal),
      import('./sql-client.ts'),
    ]);
    const sql = runSql(stream, {
      ...{ text, parameters, maxRows, copyTo },
      database: this.#tunnel.view.connection.database,
      onNotice: (message) => void this.#noticed(message),
    });
    const ending = await this.#ending(sql);
    return this.#report(ending, sql.sent(), () => stream.destroy());
  }

  close(): Promise<void> {
    this.#over.abort();
    this.#closed ??= this.#tunnel.close();
    return this.#closed;
  }

  async #ending(sql: SqlRun): Promise<Ending> {
    const answered = sql.answer.then((answer) => ({ kind: 'answered', answer }) as const);
    const first = await Promise.race([answered, this.#breaks.first]);
    if (first.kind !== 'stopped') return first;
    return { ...first, answer: await this.#stop(sql) };
  }

  /**
   * The gateway settles by itself whether this ends a wait or a statement that runs. It is sent
   * again until there is an answer, as it may have come between the two.
   */
  async #stop(sql: SqlRun): Promise<SqlAnswer | null> {
    const patience = AbortSignal.timeout(stopWithinMs);
    while (!patience.aborted) {
      const key = sql.cancelRequest();
      if (key === null) return null;
      const sent = this.#tunnel.open(patience).then(
        (stream) =>
          void stream
            .on('error', () => {})
            .resume()
            .end(key),
        () => {},
      );
      const pause = sent.then(() => delay(stopAgainMs, null, { ref: false }));
      const answer = await Promise.race([sql.answer, pause]);
      if (answer !== null) return answer;
    }
    return null;
  }

  /** A notice may say that it is held; the gateway's API, not the notice, is what is believed. */
  async #noticed(message: string): Promise<void> {
    this.#named ??= /^hoopx: .*\((req_\w+)\)$/.exec(message)?.[1] ?? null;
    if (this.#learning) return;
    this.#learning = true;
    const patience = { ms: recoveryMs, signal: this.#over.signal };
    const { client, onHeld } = this.#deps;
    const { found: operation } = await lookUpOperation(client, this.#tunnelId, patience);
    if (operation?.requestId != null && !operation.decided) {
      const { found } = await lookUpRequest(client, operation.requestId, patience);
      if (found !== null && !this.#over.signal.aborted) {
        onHeld(found, this.#held === null);
        if (this.#held === null) this.#startWaiting(found);
      }
    }
    this.#learning = false;
  }

  #startWaiting(request: RequestView): void {
    this.#held = request;
    const { waitMs } = this.#ask;
    const { client, onDecision } = this.#deps;
    if (request.presentation.inputNotReviewed !== null) this.#breaks.stop('copy_data');
    if (waitMs !== null) setTimeout(() => this.#breaks.leave('waited'), waitMs).unref();
    else void followHeld(client, request.id, this.#over.signal, onDecision);
  }

  async #report(ending: Ending, sent: boolean, hangUp: () => void): Promise<ExecReport> {
    const { client } = this.#deps;
    const patienceMs = patienceFor(ending);
    const until = performance.now() + patienceMs;
    const operation = await lookUpOperation(client, this.#tunnelId, { ms: patienceMs });
    if (ending.kind !== 'answered' || ending.answer.lost) {
      // What still waits for approval must not begin once it has been reported as waiting.
      hangUp();
      await this.close();
    }
    const id = operation.found?.requestId ?? this.#held?.id ?? this.#named;
    const patience = this.#patienceForRequest(operation, until - performance.now());
    const request = id === null ? null : await lookUpRequest(client, id, patience);
    return conclude({
      connection: this.#ask.connection,
      ...{ ending, sent, held: this.#held },
      operation: operation.found,
      request: request?.found ?? null,
      fault: request?.fault ?? operation.fault,
    });
  }

  #patienceForRequest({ found }: LookUp<OperationView>, ms: number): Patience {
    if (found?.refusal?.code !== 'ALREADY_RAN') return { ms };
    // Somebody else runs it now, and this is the wait for how that ends.
    const { waitMs } = this.#ask;
    return { ms: waitMs ?? Number.POSITIVE_INFINITY, signal: this.#deps.interrupted };
  }
}

function patienceFor(ending: Ending): number {
  const known = ending.kind === 'answered' && !ending.answer.lost;
  const hurried = ending.kind === 'left' && ending.why === 'terminated';
  return known || hurried ? lastWordsMs : recoveryMs;
}
