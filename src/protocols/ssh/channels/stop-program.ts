import type { Refusal, RefusalCode } from '../../../core/refusal.ts';
import type { Channel } from '../connection/channel.ts';
import { aborted, after } from '../session-end.ts';
import { string } from '../wire/connection/encode.ts';

/** How long a program may take to end by itself. */
const graceMs = 300;

/** Somebody wants it ended. With a line that was lost, or a gateway that stops, nobody does. */
const wanted: readonly RefusalCode[] = ['SESSION_KILLED', 'REVOKED', 'LOGIN_EXPIRED'];

/**
 * Ends what runs in a channel (RFC 4254, section 6.9): without a terminal sshd would let it run on
 * when its connection ends. What it has started under another user, or in a process group of its
 * own, is out of reach of that.
 */
export async function stopProgram(server: Channel, { code }: Refusal): Promise<void> {
  if (!wanted.includes(code)) return;
  server.tell('signal', string('TERM'));
  await Promise.race([aborted(server.gone), after(graceMs)]);
  server.tell('signal', string('KILL'));
}
