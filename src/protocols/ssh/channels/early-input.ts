import type { Channel } from '../connection/channel.ts';
import type { CommandInput } from '../operations.ts';
import { after } from '../session-end.ts';

/** How long a client that has no input may take to say so; only what is reviewed waits for it. */
const noInputMs = 50;

/** Whether the client has nothing to send, as `ssh -n` and `</dev/null` have not. */
export async function openInput(channel: Channel): Promise<CommandInput> {
  await Promise.race([channel.arrival(), after(noInputMs)]);
  return { kind: channel.endedEmpty ? 'none' : 'open' };
}

export interface InputLimits {
  readonly maxReviewedInputBytes: number;
  readonly inputTimeMs: number;
}

export type Collected =
  | { readonly kind: 'collected'; readonly bytes: Buffer }
  | { readonly kind: 'too_long' }
  | { readonly kind: 'too_late' }
  | { readonly kind: 'left' };

/** All input up to its end, taken out of the channel. */
export async function collectInput(channel: Channel, limits: InputLimits): Promise<Collected> {
  const pieces: Buffer[] = [];
  let length = 0;
  const late = after(limits.inputTimeMs).then(() => 'late' as const);
  for (;;) {
    if ((await Promise.race([channel.arrival(), late])) === 'late') return { kind: 'too_late' };
    const item = channel.take();
    if (item === null) continue;
    if (item.kind === 'eof') return { kind: 'collected', bytes: Buffer.concat(pieces, length) };
    if (item.kind === 'close') return { kind: 'left' };
    if (item.kind !== 'data') continue;
    channel.credit(item.bytes.length);
    length += item.bytes.length;
    if (length > limits.maxReviewedInputBytes) return { kind: 'too_long' };
    pieces.push(item.bytes);
  }
}
