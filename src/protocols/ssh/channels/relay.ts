import type { ChannelRecording } from '../../../core/channel-recording.ts';
import type { OutcomeSink } from '../../../core/gate.ts';
import type { TextMasker } from '../../../core/masking.ts';
import { type Channel, pass } from '../connection/channel.ts';
import { after, whenAborted } from '../session-end.ts';
import { type Ending, endingOf, exitOf, outcomeOf, told } from './ending.ts';
import { relayMasked } from './relay-masked.ts';

/** How long input still reaches a program that reads slowly, once its client has left. */
const lingerMs = 2_000;

export interface RelayParts {
  readonly sink: OutcomeSink;
  readonly recording: ChannelRecording;
  readonly stopped: () => Promise<void>;
  /** For what the server sends; null passes it on untouched. */
  readonly masker: TextMasker | null;
}

/**
 * Passes everything on between a client's channel and the server's until that is closed: data
 * with its window credit, ends, exit status or signal, each in its place. The outcome is stored
 * before the client learns it. The server's channel is closed when the client's is, and `stopped`.
 */
export async function relayCommand(
  client: Channel,
  server: Channel,
  { sink, stopped, masker, recording }: RelayParts,
): Promise<Ending> {
  const unrecorded = new Promise<never>((_resolve, reject) => {
    relayInput(client, server, stopped, recording).catch(reject);
  });
  whenAborted(client.gone, () => void after(lingerMs).then(() => server.close()));
  const output =
    masker === null
      ? relayOutput(client, server, { sink, recording })
      : relayMasked(client, server, { sink, recording, masker });
  const ending = await Promise.race([output, unrecorded]);
  await recording.ended(exitOf(ending));
  if (ending.kind === 'untold') await sink.unknown(outcomeOf(ending));
  return ending;
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
          await recording?.input(item.bytes);
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
  { sink, recording }: Pick<RelayParts, 'sink' | 'recording'>,
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
