import type { Duplex } from 'node:stream';
import type { Facts } from '../../core/facts.ts';
import { RefusedError } from '../../core/refusal.ts';
import { answer } from './answering.ts';
import type { ClientExchange } from './client-exchange.ts';
import { type Decided, decide } from './decide.ts';
import { NoCredentialError } from './dialect.ts';
import { readRequest } from './http-request.ts';
import { run } from './run.ts';
import { runUpgrade } from './run-upgrade.ts';
import type { SessionContext } from './session-context.ts';
import { credentialHeaders } from './upstream.ts';
import { RequestError } from './wire/request-error.ts';

/** Answers the requests of one session. */
export class HttpSession<OfOne extends Facts> {
  readonly #context: SessionContext<OfOne>;
  readonly #own: ReadonlySet<string>;

  constructor(context: SessionContext<OfOne>) {
    this.#context = context;
    const { dialect, grant } = context;
    this.#own = new Set([...dialect.ownHeaders, ...credentialHeaders(grant.target)]);
  }

  async answer(exchange: ClientExchange): Promise<void> {
    const { dialect, grant, over } = this.#context;
    try {
      await this.#decideAndRun(exchange, grant.target);
    } catch (error) {
      exchange.closeAfter();
      if (error instanceof RequestError) answer(exchange, dialect.notTaken(error));
      else if (!exchange.gone.aborted && !over.aborted) throw error;
      else if (over.reason instanceof RefusedError) {
        answer(exchange, dialect.refused(over.reason.refusal));
      } else exchange.abort();
    }
  }

  async #decideAndRun(
    exchange: ClientExchange,
    target: SessionContext<OfOne>['grant']['target'],
  ): Promise<void> {
    const context = this.#context;
    const request = readRequest(exchange, { target, own: this.#own });
    const gateways = await context.dialect.gateways?.(request);
    if (gateways != null) {
      answer(exchange, gateways);
      return;
    }
    const decided = await decide(context, exchange, request);
    switch (decided.kind) {
      case 'refused':
        context.dialect.wasRefused?.(request, decided.refusal);
        if (decided.ahead.request.body.kind === 'unread') exchange.closeAfter();
        answer(exchange, context.dialect.refused(decided.refusal));
        return;
      case 'accepted':
        answer(exchange, context.dialect.accepted(decided.held, decided.ahead.request));
        return;
      case 'cleared':
        return this.#run(exchange, decided);
      default:
        decided satisfies never;
    }
  }

  async #run(
    exchange: ClientExchange,
    { permit, approved, ahead }: Extract<Decided, { kind: 'cleared' }>,
  ): Promise<void> {
    const context = this.#context;
    const { dialect, grant } = context;
    const { request } = ahead;
    const sender = { principal: grant.principal, requestId: permit.requestId, request };
    try {
      const gateways = await dialect.headersFor(sender);
      const parts = { context, exchange, permit, approved, ahead, gateways };
      return await (request.upgrade === null ? run(parts) : runUpgrade(parts, request.upgrade));
    } catch (error) {
      if (!(error instanceof NoCredentialError)) throw error;
      const { refusal } = error;
      await permit.spend().failed({ message: refusal.message, targetCode: null, rowCount: null });
      exchange.closeAfter();
      answer(exchange, dialect.refused(refusal));
    }
  }
}

/** Ends a stream on which nothing is asked, and where no request ever gets complete. */
export class IdleTimer {
  readonly #timer: NodeJS.Timeout;
  #busy = 0;

  constructor(stream: Duplex, idleMs: number) {
    // One timer for all requests: what is at work as it fires has it start over.
    this.#timer = setTimeout(() => {
      if (this.#busy > 0) this.#timer.refresh();
      else stream.destroy();
    }, idleMs);
    stream.once('close', () => clearTimeout(this.#timer));
  }

  async during(work: Promise<void>): Promise<void> {
    this.#busy += 1;
    try {
      await work;
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#timer.refresh();
    }
  }
}
