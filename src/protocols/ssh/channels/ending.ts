import type { OutcomeSink } from '../../../core/gate.ts';
import type { Outcome } from '../../../core/request.ts';
import { refusalSuffix } from '../command-client-name.ts';
import type { Channel } from '../connection/channel.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { WireFault } from '../wire/wire-fault.ts';

const maxName = 64;

/** How what ran in a channel has ended. */
export type Ending =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal'; readonly name: string }
  /** The channel or the connection was closed before the server said. */
  | { readonly kind: 'untold' };

/** RFC 4254, section 6.10. */
export async function told(
  client: Channel,
  request: ChannelRequest,
  sink: OutcomeSink,
): Promise<Ending> {
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

export function outcomeOf(ending: Ending): Outcome {
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
