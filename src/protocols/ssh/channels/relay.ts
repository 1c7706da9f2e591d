import type { ChannelRecording } from '../../../core/channel-recording.ts';
import type { OutcomeSink } from '../../../core/gate.ts';
import type { Outcome } from '../../../core/request.ts';
import { refusalSuffix } from '../command-client-name.ts';
import { type Channel, pass } from '../connection/channel.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import { after, whenAborted } from '../session-end.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { WireFault } from '../wire/wire-fault.ts';

/** How long input still reaches a program that reads slowly, once its client has left. */
const lingerMs = 2_000;
const maxName = 64;

/** How what ran in a channel has ended. */
export type Ending =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal'; readonly name: string }
  /** The channel or the connection was closed before the server said. */
  | { readonly kind: 'untold' };

/**
 * Passes everything on between a client's channel and the server's until that is closed: data
 * with its window credit, ends, exit status or signal, each in its place. The outcome is stored
 * before the client learns it. The server's channel is closed when the client's is, and `stopped`.
 */
export async function relayCommand(
  client: Channel,
  server: Channel,
  { sink, recording, stopped }: CommandParts,
): Promise<Ending> {
  void relayInput(client, server, stopped, recording);
  whenAborted(client.gone, () => void after(lingerMs).then(() => server.close()));
  const ending = await relayOutput(client, server, { sink, recording, stopped });
  await recording.ended(exitOf(ending));
  if (ending.kind === 'untold') await sink.unknown(outcomeOf(ending));
  return ending;
}

export interface CommandParts {
  readonly sink: OutcomeSink;
  readonly recording: ChannelRecording;
  readonly stopped: () => Promise<void>;
}

/** Data alone, for a forwarded connection: returns when both directions are done. */
export async function relayConnection(one: Channel, other: Channel): Promise<void> {
  await Promise.all([relayInput(one, other), relayInput(other, one)]);
}

async function relayInput(
  from: Channel,
  to: Channel,
  stopped: () => Promise<void> = () => Promise.resolve(),
  recording: ChannelRecording | null = null,
): Promise<void> {
  for (;;) {
    const item = await from.next();
    switch (item.kind) {
      case 'data':
        // Extended data from a client has no meaning.
        if (item.stream !== 0) from.credit(item.bytes.length);
        else {
          recording?.input(item.bytes);
          await pass(from, to, 0, item.bytes);
        }
        break;
      case 'eof':
        to.eof();
        break;
      case 'request':
        item.request.reply(false);
        break;
      case 'close':
        await stopped();
        to.close();
        return;
      default:
        item satisfies never;
    }
  }
}

async function relayOutput(
  client: Channel,
  server: Channel,
  { sink, recording }: CommandParts,
): Promise<Ending> {
  let ending: Ending = { kind: 'untold' };
  for (;;) {
    const item = await server.next();
    switch (item.kind) {
      case 'data':
        await recording.output(item.stream === 0 ? 'stdout' : 'stderr', item.bytes);
        await pass(server, client, item.stream, item.bytes);
        break;
      case 'request':
        item.request.reply(false);
        if (ending.kind !== 'untold') break;
        if (endingOf(item.request) === null) {
          server.close();
          return ending;
        }
        ending = await told(client, item.request, sink);
        break;
      case 'eof':
        client.eof();
        break;
      case 'close':
        return ending;
      default:
        item satisfies never;
    }
  }
}

/** RFC 4254, section 6.10. */
async function told(client: Channel, request: ChannelRequest, sink: OutcomeSink): Promise<Ending> {
  const ending = endingOf(request) ?? { kind: 'untold' };
  if (ending.kind === 'untold') return ending;
  if (ending.kind === 'exit' && ending.status === 0) await sink.succeeded(outcomeOf(ending));
  else await sink.failed(outcomeOf(ending));
  client.tell(request.type, request.fields);
  return ending;
}

/** How a server says that what it ran has ended; null for nonsense, `untold` for all else. */
export function endingOf(request: ChannelRequest): Ending | null {
  try {
    return readEnding(request);
  } catch (error) {
    if (error instanceof WireFault) return null;
    throw error;
  }
}

function readEnding({ type, fields }: ChannelRequest): Ending | null {
  const reader = new FieldReader(fields, 0);
  if (type === 'exit-status') return { kind: 'exit', status: reader.uint32() };
  if (type !== 'exit-signal') return { kind: 'untold' };
  const name = reader.string().toString('latin1');
  // That nothing ran is the gateway's word alone.
  return name.endsWith(refusalSuffix) ? null : { kind: 'signal', name: name.slice(0, maxName) };
}

function exitOf(ending: Ending): number | string | null {
  if (ending.kind === 'untold') return null;
  return ending.kind === 'exit' ? ending.status : `signal ${ending.name}`;
}

function outcomeOf(ending: Ending): Outcome {
  switch (ending.kind) {
    case 'exit':
      return {
        message: null,
        targetCode: ending.status === 0 ? null : `exit ${ending.status}`,
        rowCount: null,
      };
    case 'signal':
      return { message: null, targetCode: `signal ${ending.name}`, rowCount: null };
    case 'untold':
      return {
        message: 'the connection ended before the server told how it went',
        targetCode: null,
        rowCount: null,
      };
    default:
      return ending satisfies never;
  }
}
