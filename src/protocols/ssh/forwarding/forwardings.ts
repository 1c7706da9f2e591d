import type { Clearance } from '../../../core/gate.ts';
import type { SshOperation } from '../../../core/operation.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { ChannelOpen, Connection } from '../connection/connection.ts';
import type { GlobalRequest } from '../connection/global-requests.ts';
import { openFailureOf, refusalText } from '../faults.ts';
import { Holding } from '../holding.ts';
import type { SessionContext } from '../session-context.ts';
import { openFailureReason } from '../wire/connection/messages.ts';
import { forwardDirectly } from './direct.ts';
import { RemoteListeners } from './remote.ts';

/** Connections that SSH carries for others: all that one client has asked for. */
export class Forwardings {
  readonly #context: SessionContext;
  readonly #holding: Holding;
  readonly #listeners: RemoteListeners;
  #undecided = 0;
  #open = 0;

  constructor(client: Connection, context: SessionContext) {
    this.#context = context;
    this.#holding = new Holding(context.grant.gate, [context.over], (request, first) => {
      if (first) context.announce(request);
    });
    this.#listeners = new RemoteListeners({
      ...{ client, context },
      decide: (operation) => this.#decide(operation),
    });
    context.upstream.connection.serve({
      opening: (open) => this.#fromServer(open),
      asking: (request) => request.refuse(),
    });
  }

  /** Open, or not yet answered. */
  get size(): number {
    return this.#open;
  }

  /** The client wants a connection made by the server. */
  opening(open: ChannelOpen): void {
    if (open.type !== 'direct-tcpip') {
      const known = open.type.startsWith('direct-streamlocal');
      const { administrativelyProhibited, unknownChannelType } = openFailureReason;
      const reason = known ? administrativelyProhibited : unknownChannelType;
      open.refuse(reason, `hoopx: ${open.type} is not let through`);
      return;
    }
    const refusal = this.#off('local') ?? this.#crowded();
    if (refusal !== null) open.refuse(openFailureOf(refusal), refusalText(refusal));
    else {
      const decide = (operation: SshOperation) => this.#decide(operation);
      this.#track(forwardDirectly(open, this.#context, decide));
    }
  }

  /** The client wants the server to listen, or no longer to. */
  asking(request: GlobalRequest): void {
    const refusal = this.#off('remote') ?? this.#crowded();
    if (refusal !== null) request.refuse();
    else if (request.name === 'tcpip-forward') this.#track(this.#listeners.listen(request));
    else if (request.name === 'cancel-tcpip-forward') this.#track(this.#listeners.cancel(request));
    else request.refuse();
  }

  /** Somebody has connected to where the server listens for the client. */
  #fromServer(open: ChannelOpen): void {
    const lent = this.#context.lendings.opening(open);
    if (lent !== null) {
      void this.#context.track(lent);
      return;
    }
    const full = this.#crowded() !== null || this.#open >= this.#context.limits.maxChannels;
    if (open.type !== 'forwarded-tcpip' || full) {
      open.refuse(openFailureReason.administrativelyProhibited, 'hoopx: not let through');
    } else {
      this.#track(this.#listeners.incoming(open));
    }
  }

  async #decide(operation: SshOperation): Promise<Clearance> {
    this.#undecided += 1;
    try {
      return await this.#holding.decide(operation);
    } finally {
      this.#undecided -= 1;
    }
  }

  #track(work: Promise<void>): void {
    this.#open += 1;
    const ran = this.#context.running();
    void this.#context.track(work).finally(() => {
      this.#open -= 1;
      ran();
    });
  }

  #off(direction: 'local' | 'remote'): Refusal | null {
    if (this.#context.grant.target.forwarding[direction]) return null;
    return {
      code: 'DENIED_BY_RULE',
      message: `${direction} forwarding is off for this connection`,
    };
  }

  /** Opens that wait for an answer are kept nowhere but here. */
  #crowded(): Refusal | null {
    const { maxUndecidedOpens } = this.#context.limits;
    if (this.#undecided < maxUndecidedOpens) return null;
    const message = `more than ${maxUndecidedOpens} forwardings wait for a decision`;
    return { code: 'LIMIT_EXCEEDED', message };
  }
}
