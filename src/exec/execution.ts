import type { ControlClient } from '../control/client.ts';
import type { ConnectionView, OperationView, RequestView } from '../control/contract.ts';
import type { RequestMode } from '../core/request.ts';
import { type GatewayTunnel, openGatewayTunnel } from '../tunnel/gateway-tunnel.ts';
import { type Answer, isLost } from './answer.ts';
import { conclude } from './conclude.ts';
import { type Breaks, createBreaks, type Ending, type StopReason } from './ending.ts';
import type { ExecReport } from './exec-report.ts';
import type { Target } from './exec-result.ts';
import { followHeld } from './follow-held.ts';
import { type LookUp, lookUpOperation, lookUpRequest, newest, type Patience } from './look-up.ts';

export interface ExecAsk {
  readonly connection: string;
  /** Live where its input cannot be kept until it is approved. */
  readonly mode: RequestMode;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  /** How long to wait for approval; null: as long as it takes. */
  readonly waitMs: number | null;
  /** How long the whole may take; null: without limit. */
  readonly timeLimitMs: number | null;
}

export interface ExecDeps {
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

/** One operation on its way, in its own protocol. */
export interface Started {
  /** Never rejects. */
  readonly answer: Promise<Answer>;
  /** Which of those on the tunnel it was, where there are several: else the newest. */
  operation?(operations: readonly OperationView[], answer: Answer | null): OperationView | null;
  /** Whether it has left: before that, nothing can have run. */
  sent(): boolean;
  /** Cancels it, held or running; null when no answer came of it in time. */
  stop(): Promise<Answer | null>;
  hangUp(): void;
}

/** What a protocol's way of asking can do with the execution that it is part of. */
export interface Execution {
  readonly client: ControlClient;
  readonly tunnel: GatewayTunnel;
  /** As it was opened: what the gateway remembers of this operation is under it. */
  readonly tunnelId: string;
  /** Aborted when everything is over. */
  readonly over: AbortSignal;
  /** Null until it is known to be held. */
  readonly request: RequestView | null;
  /** It is held, or still held. */
  held(request: RequestView): void;
  /** Its id, where only that is known: for asking about it when the tunnel is forgotten. */
  named(id: string): void;
  stop(why: StopReason): void;
}

export type Start = (execution: Execution) => Promise<Started>;

/** How long a gateway that went away may take to come back and tell how it ended. */
export const recoveryMs = 10_000;
/** Whoever ends a process does not wait long for its last words. */
const lastWordsMs = 1_000;

/**
 * One operation as a client of the gate: on the same data path as every other client. What the
 * connection leads to is known when the tunnel is open, and `startFor` says how to ask there.
 * @throws UserError when the tunnel cannot be had, and what `startFor` throws
 */
export async function execute(
  ask: ExecAsk,
  deps: ExecDeps,
  startFor: (connection: ConnectionView) => Start | Promise<Start>,
): Promise<ExecReport> {
  const { connection, mode, reason, idempotencyKey } = ask;
  const breaks = createBreaks({ ...deps, timeLimitMs: ask.timeLimitMs });
  const opening = openGatewayTunnel({
    client: deps.client,
    ask: {
      ...{ connection, mode },
      ...(reason === null ? {} : { reason }),
      ...(idempotencyKey === null ? {} : { idempotencyKey }),
    },
  });
  const tunnel = await Promise.race([opening, breaks.first]);
  if ('kind' in tunnel) {
    opening.then((late) => late.close()).catch(() => {});
    return conclude({ ...nothingKnown, target: { connection, protocol: null }, ending: tunnel });
  }
  const execution = new TunnelExecution(ask, deps, tunnel, breaks);
  try {
    return await execution.run(await startFor(tunnel.view.connection));
  } finally {
    await execution.close();
  }
}

const nothingKnown = { sent: false, operation: null, request: null, held: null, fault: null };

class TunnelExecution implements Execution {
  readonly tunnel: GatewayTunnel;
  readonly tunnelId: string;
  readonly #ask: ExecAsk;
  readonly #deps: ExecDeps;
  readonly #target: Target;
  readonly #breaks: Breaks;
  readonly #over = new AbortController();
  #held: RequestView | null = null;
  #named: string | null = null;
  #closed: Promise<void> | null = null;

  constructor(ask: ExecAsk, deps: ExecDeps, tunnel: GatewayTunnel, breaks: Breaks) {
    const { id, connection } = tunnel.view;
    this.#ask = ask;
    this.#deps = deps;
    this.tunnel = tunnel;
    this.tunnelId = id;
    this.#target = { connection: ask.connection, protocol: connection.type };
    this.#breaks = breaks;
  }

  get client(): ControlClient {
    return this.#deps.client;
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  get request(): RequestView | null {
    return this.#held;
  }

  async run(start: Start): Promise<ExecReport> {
    const started = await start(this);
    return this.#report(await this.#ending(started), started);
  }

  held(request: RequestView): void {
    if (this.over.aborted) return;
    const first = this.#held?.id !== request.id;
    const begins = this.#held === null;
    this.#deps.onHeld(request, first);
    if (first) this.#startWaiting(request, begins);
  }

  named(id: string): void {
    this.#named ??= id;
  }

  stop(why: StopReason): void {
    this.#breaks.stop(why);
  }

  close(): Promise<void> {
    this.#over.abort();
    this.#closed ??= this.tunnel.close();
    return this.#closed;
  }

  /** What waits after another one of the same run has no more time than is left. */
  #startWaiting(request: RequestView, begins: boolean): void {
    this.#held = request;
    const { waitMs, mode } = this.#ask;
    const { client, onDecision } = this.#deps;
    if (waitMs === null) {
      void followHeld(client, request.id, this.over, onDecision);
      return;
    }
    if (!begins) return;
    const claimable = mode === 'claimable';
    const over = () => (claimable ? this.#breaks.leave('waited') : this.#breaks.stop('unapproved'));
    setTimeout(over, waitMs).unref();
  }

  async #ending(started: Started): Promise<Ending> {
    const answered = started.answer.then((answer) => ({ kind: 'answered', answer }) as const);
    const first = await Promise.race([answered, this.#breaks.first]);
    if (first.kind !== 'stopped') return first;
    return { ...first, answer: await started.stop() };
  }

  async #report(ending: Ending, started: Started): Promise<ExecReport> {
    const { client } = this.#deps;
    const patienceMs = patienceFor(ending);
    const until = performance.now() + patienceMs;
    const answer = ending.kind === 'left' ? null : ending.answer;
    const pick = (operations: readonly OperationView[]) =>
      started.operation === undefined ? newest(operations) : started.operation(operations, answer);
    const operation = await lookUpOperation(client, this.tunnelId, pick, { ms: patienceMs });
    const id = operation.found?.requestId ?? this.#held?.id ?? this.#named;
    if (ending.kind !== 'answered' || isLost(ending.answer)) {
      // What still waits for approval must not begin once it has been reported as waiting.
      started.hangUp();
      if (this.#ask.mode === 'live' && id !== null) await client.cancelRequest(id).catch(() => {});
      await this.close();
    }
    const patience = this.#patienceForRequest(operation, until - performance.now());
    const request = id === null ? null : await lookUpRequest(client, id, patience);
    return conclude({
      target: this.#target,
      ...{ ending, sent: started.sent(), held: this.#held },
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
  const known = ending.kind === 'answered' && !isLost(ending.answer);
  const hurried = ending.kind === 'left' && ending.why === 'terminated';
  return known || hurried ? lastWordsMs : recoveryMs;
}
