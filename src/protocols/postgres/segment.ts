import type { NamesInFlight } from './names.ts';
import { Plan } from './plan.ts';
import { decodeFrontend, type FrontendMessage } from './wire/decode-frontend.ts';
import type { MessageFrame } from './wire/frontend-framer.ts';
import { frontendType } from './wire/frontend-types.ts';

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
  frames: readonly MessageFrame[],
  names: NamesInFlight,
  unpinned: boolean,
): Segment {
  const messages: FrontendMessage[] = [];
  let binds = 0;
  let lastWork = -1;
  for (const frame of frames) {
    // By first byte: each kind of message has a shape of its own, and looking into them is slow.
    const { type } = frame;
    if (type === frontendType.bind) binds += 1;
    if (type !== frontendType.sync && type !== frontendType.flush) lastWork = messages.length;
    messages.push(decodeFrontend(frame));
  }
  const alone = binds === 1 && frames[frames.length - 1]?.type === frontendType.sync;
  return { messages, plan: new Plan(), names, alone, lastWork, at: 0, unpinned };
}
