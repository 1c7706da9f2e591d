import type { NamesInFlight } from './names.ts';
import { Plan } from './plan.ts';
import { decodeFrontend, type FrontendMessage } from './wire/decode-frontend.ts';

/** A run of messages up to Sync or Flush while it is being decided: one object for all of them. */
export interface Segment {
  readonly messages: readonly FrontendMessage[];
  readonly plan: Plan;
  readonly names: NamesInFlight;
  /** It holds one Bind and ends with Sync. */
  readonly alone: boolean;
  /** Where its last message is that is neither Sync nor Flush. */
  readonly lastWork: number;
  /** Where the message is that is being decided. */
  at: number;
  /** Something in it or before it could change the pinned settings. */
  unpinned: boolean;
}

/** Decodes all of it before any of it is decided. @throws WireError */
export function openSegment(
  raws: readonly Buffer[],
  names: NamesInFlight,
  unpinned: boolean,
): Segment {
  const messages: FrontendMessage[] = [];
  let binds = 0;
  let lastWork = -1;
  for (const raw of raws) {
    const message = decodeFrontend(raw);
    if (message.kind === 'bind') binds += 1;
    if (message.kind !== 'sync' && message.kind !== 'flush') lastWork = messages.length;
    messages.push(message);
  }
  const alone = binds === 1 && messages[messages.length - 1]?.kind === 'sync';
  return { messages, plan: new Plan(), names, alone, lastWork, at: 0, unpinned };
}
