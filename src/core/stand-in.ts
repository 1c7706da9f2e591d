import type { GapBuffer } from './gap-buffer.ts';
import { type MaskedSpan, shortMaskBytes } from './masking.ts';

/** Writes what stands for these bytes: nothing, where the mask says that there is no value. */
export function writeStandIn({ mask, start, end }: MaskedSpan, bytes: Buffer, out: GapBuffer) {
  const room = out.room(shortMaskBytes);
  const count = mask.write?.(bytes, start, end, room, out.length) ?? -1;
  if (count >= 0) out.wrote(count);
  else out.utf8(mask.apply(bytes.toString('utf8', start, end)) ?? '');
}
