import { StreamClosedError } from '../../../net/stream-closed-error.ts';
import { decodeMessage } from '../wire/connection/decode.ts';
import {
  encodeGlobalRequest,
  encodeOpen,
  encodeOpenConfirmation,
  encodeOpenFailure,
} from '../wire/connection/encode.ts';
import { type ConnectionMessage, openFailureReason } from '../wire/connection/messages.ts';
import { WireFault } from '../wire/wire-fault.ts';
import { Channel, maxPacketBytes, windowBytes } from './channel.ts';
import { ChannelRefusedError } from './channel-refused-error.ts';
import { ChannelTable } from './channel-table.ts';
import { GlobalReplies, type GlobalRequest } from './global-requests.ts';
import type { Transport } from './transport.ts';

type Opening = Extract<ConnectionMessage, { kind: 'open' }>;

/** A channel that the peer asks for; it waits until one of the two is called. */
export interface ChannelOpen {
  readonly type: string;
  readonly fields: Buffer;
  accept(): Channel;
  /** `reason` of RFC 4254, section 5.1. */
  refuse(reason: number, description: string): void;
}

/** What the peer asks for by itself. */
export interface ConnectionHandlers {
  opening(open: ChannelOpen): void;
  asking(request: GlobalRequest): void;
}

interface Pending {
  readonly resolve: (channel: Channel) => void;
  readonly reject: (error: Error) => void;
}

const refuseAll: ConnectionHandlers = {
  opening: (open) => open.refuse(openFailureReason.administrativelyProhibited, 'not asked for'),
  asking: (request) => request.refuse(),
};

/** The connection protocol (RFC 4254) over one transport, alike on both sides. */
export class Connection {
  readonly transport: Transport;
  readonly #channels = new ChannelTable<Channel | Pending>();
  readonly #replies: GlobalReplies;
  #handlers: ConnectionHandlers = refuseAll;

  constructor(transport: Transport) {
    this.transport = transport;
    this.#replies = new GlobalReplies((message) => transport.send(message));
    transport.handle((payload) => this.#take(decodeMessage(payload)));
    transport.closed.addEventListener('abort', () => this.#lost(), { once: true });
  }

  get closed(): AbortSignal {
    return this.transport.closed;
  }

  /** Until this is called, whatever the peer asks for is refused. */
  serve(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }

  /** Rejects with ChannelRefusedError when the peer says no, StreamClosedError when it is gone. */
  open(type: string, fields: Buffer): Promise<Channel> {
    return new Promise((resolve, reject) => {
      if (this.closed.aborted) {
        reject(this.closed.reason);
        return;
      }
      const sender = this.#channels.add({ resolve, reject });
      const sizes = { window: windowBytes, maxPacket: maxPacketBytes };
      this.transport.send(encodeOpen({ type, sender, ...sizes, fields }));
    });
  }

  /** The reply's own fields; null when the peer refuses or is gone. */
  ask(name: string, fields: Buffer): Promise<Buffer | null> {
    if (this.closed.aborted) return Promise.resolve(null);
    return this.#replies.awaited(() => {
      this.transport.send(encodeGlobalRequest(name, true, fields));
    });
  }

  #take(message: ConnectionMessage): void {
    switch (message.kind) {
      case 'global_request':
        this.#handlers.asking(this.#replies.incoming(message));
        break;
      case 'request_success':
        this.#replies.arrived(message.fields);
        break;
      case 'request_failure':
        this.#replies.arrived(null);
        break;
      case 'open':
        this.#handlers.opening(this.#opening(message));
        break;
      case 'open_confirmation':
        this.#confirmed(message);
        break;
      case 'open_failure':
        this.#refused(message);
        break;
      default:
        deliver(message, this.#channel(message.recipient));
    }
  }

  #channel(id: number): Channel {
    const channel = this.#channels.get(id);
    if (channel instanceof Channel) return channel;
    throw new WireFault('UNEXPECTED', `a message for channel ${id}, which is not open`);
  }

  #opening({ type, sender, window, maxPacket, fields }: Opening): ChannelOpen {
    let answered = false;
    const once = () => {
      if (answered) throw new Error('a channel is answered once');
      answered = true;
    };
    return {
      type,
      fields,
      accept: () => {
        once();
        const local = this.#channels.reserve();
        const channel = this.#newChannel(local, sender, window, maxPacket);
        const sizes = { window: windowBytes, maxPacket: maxPacketBytes };
        this.transport.send(encodeOpenConfirmation({ recipient: sender, sender: local, ...sizes }));
        return channel;
      },
      refuse: (reason, description) => {
        once();
        this.transport.send(encodeOpenFailure(sender, reason, description));
      },
    };
  }

  #newChannel(local: number, remote: number, sendWindow: number, maxPacket: number): Channel {
    const ends = { local, remote, sendWindow, maxPacket };
    const channel = new Channel(ends, this.transport, () => this.#channels.remove(local));
    this.#channels.set(local, channel);
    if (this.closed.aborted) channel.disconnected();
    return channel;
  }

  #confirmed(message: Extract<ConnectionMessage, { kind: 'open_confirmation' }>): void {
    const { recipient, sender, window, maxPacket } = message;
    this.#pending(recipient).resolve(this.#newChannel(recipient, sender, window, maxPacket));
  }

  #refused(message: Extract<ConnectionMessage, { kind: 'open_failure' }>): void {
    const { recipient, reason, description } = message;
    const pending = this.#pending(recipient);
    this.#channels.remove(recipient);
    pending.reject(new ChannelRefusedError(reason, description));
  }

  #pending(id: number): Pending {
    const pending = this.#channels.get(id);
    if (pending !== undefined && !(pending instanceof Channel)) return pending;
    throw new WireFault('UNEXPECTED', `an answer for channel ${id}, which is not being opened`);
  }

  #lost(): void {
    const reason = this.closed.reason;
    const error = reason instanceof Error ? reason : new StreamClosedError('the connection ended');
    for (const channel of this.#channels.clear()) {
      if (channel instanceof Channel) channel.disconnected();
      else channel.reject(error);
    }
    this.#replies.lost();
  }
}

type ForChannel = Extract<ConnectionMessage, { recipient: number }>;
type OfChannel = Exclude<ForChannel, { kind: 'open_confirmation' | 'open_failure' }>;

function deliver(message: OfChannel, channel: Channel): void {
  switch (message.kind) {
    case 'data':
      channel.received(message.stream, message.bytes);
      break;
    case 'window_adjust':
      channel.adjusted(message.bytes);
      break;
    case 'eof':
      channel.receivedEof();
      break;
    case 'close':
      channel.receivedClose();
      break;
    case 'channel_request':
      channel.requested(message.type, message.wantReply, message.fields);
      break;
    case 'channel_success':
      channel.replied(true);
      break;
    case 'channel_failure':
      channel.replied(false);
      break;
    default:
      message satisfies never;
  }
}
