import { relayConnection } from '../channels/relay.ts';
import type { Channel } from '../connection/channel.ts';
import { ChannelRefusedError } from '../connection/channel-refused-error.ts';
import type { ChannelOpen, Connection } from '../connection/connection.ts';
import { whenAborted } from '../session-end.ts';
import { openFailureReason } from '../wire/connection/messages.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { type Lending, type LendingKind, lendingKindOfChannel, lendingKinds } from './lending.ts';

interface Lent {
  /** How often it may still be used. */
  uses: number;
}

/**
 * What is lent in one connection at this moment, and the server's channels that make use of it.
 * SSH does not say for which session such a channel is: it is let through while any has a loan.
 */
export class Lendings {
  readonly #client: Connection;
  readonly #maxChannels: number;
  readonly #over: AbortSignal;
  readonly #lent: Readonly<Record<LendingKind, Set<Lent>>> = {
    agent_forwarding: new Set(),
    x11_forwarding: new Set(),
  };
  readonly #ends: Readonly<Record<LendingKind, Set<() => void>>> = {
    agent_forwarding: new Set(),
    x11_forwarding: new Set(),
  };
  #agentTaken = false;
  #open = 0;

  /** `over`: aborted when the session ends, and all lending with it. */
  constructor(client: Connection, maxChannels: number, over: AbortSignal) {
    this.#client = client;
    this.#maxChannels = maxChannels;
    this.#over = over;
    whenAborted(over, () => {
      for (const kind of lendingKinds) this.#endAll(kind);
    });
  }

  /** Lends from now until what it returns is called. */
  lend(lending: Lending): () => void {
    const { kind } = lending;
    const single = lending.kind === 'x11_forwarding' && lending.single;
    const lent: Lent = { uses: single ? 1 : Infinity };
    this.#lent[kind].add(lent);
    return () => {
      this.#lent[kind].delete(lent);
      if (this.#lent[kind].size === 0) this.#endAll(kind);
    };
  }

  /**
   * Whether the server has what is lent, by its answer. OpenSSH's makes one socket for an agent in
   * each connection, and refuses the second request for it.
   */
  taken({ kind }: Lending, answer: boolean): boolean {
    if (kind !== 'agent_forwarding') return answer;
    this.#agentTaken ||= answer;
    return this.#agentTaken;
  }

  /** The server wants to use what is lent. Null where the channel is for something else. */
  opening(open: ChannelOpen): Promise<void> | null {
    const kind = lendingKindOfChannel(open.type);
    if (kind === null) return null;
    const lent = [...this.#lent[kind]].find(({ uses }) => uses > 0);
    if (lent === undefined || this.#over.aborted || this.#open >= this.#maxChannels) {
      open.refuse(openFailureReason.administrativelyProhibited, 'hoopx: not let through');
      return Promise.resolve();
    }
    lent.uses -= 1;
    return this.#serve(kind, open);
  }

  #isLent(kind: LendingKind): boolean {
    return this.#lent[kind].size > 0 && !this.#over.aborted;
  }

  #endAll(kind: LendingKind): void {
    for (const end of [...this.#ends[kind]]) end();
  }

  async #serve(kind: LendingKind, open: ChannelOpen): Promise<void> {
    checkFields(kind, open.fields);
    this.#open += 1;
    try {
      const channel = await this.#openAtClient(open);
      if (channel !== null) await this.#relay(kind, open, channel);
    } finally {
      this.#open -= 1;
    }
  }

  /** Null when the client does not take it, which the server has been told. */
  async #openAtClient(open: ChannelOpen): Promise<Channel | null> {
    try {
      return await this.#client.open(open.type, Buffer.from(open.fields));
    } catch (error) {
      const refused = error instanceof ChannelRefusedError ? error : null;
      const reason = refused?.reason ?? openFailureReason.connectFailed;
      open.refuse(reason, refused?.message ?? 'hoopx: the client is gone');
      return null;
    }
  }

  async #relay(kind: LendingKind, open: ChannelOpen, channel: Channel): Promise<void> {
    if (!this.#isLent(kind)) {
      channel.close();
      open.refuse(openFailureReason.administrativelyProhibited, 'hoopx: no longer lent');
      return;
    }
    const server = open.accept();
    const end = () => {
      server.close();
      channel.close();
    };
    this.#ends[kind].add(end);
    try {
      await relayConnection(server, channel);
    } finally {
      this.#ends[kind].delete(end);
    }
  }
}

/** RFC 4254, section 6.3.2; an agent's channel has none. Throws WireFault for anything else. */
function checkFields(kind: LendingKind, fields: Buffer): void {
  const reader = new FieldReader(fields, 0);
  if (kind === 'x11_forwarding') {
    reader.string();
    reader.uint32();
  }
  reader.end();
}
