import type { JsonMasker, JsonSource } from '../../../src/core/masking.ts';
import { UnreadableJsonError } from '../../../src/core/unreadable-json-error.ts';

/** Null for what cannot be read. */
export function maskedJson(
  masker: JsonMasker | null | undefined,
  pieces: string | readonly Buffer[],
  source: Partial<JsonSource> = {},
): string | null {
  const { left, unreadable } = passed(masker, pieces, source);
  return unreadable === null ? left.toString() : null;
}

/** What has left, and why no more of it did. */
export function passed(
  masker: JsonMasker | null | undefined,
  pieces: string | readonly Buffer[],
  source: Partial<JsonSource> = {},
): { readonly left: Buffer; readonly unreadable: string | null } {
  if (masker == null) throw new Error('nothing is masked');
  const stream = masker.stream({ secret: false, many: false, ...source });
  const out: Buffer[] = [];
  try {
    const all = typeof pieces === 'string' ? [Buffer.from(pieces)] : pieces;
    for (const piece of all) out.push(stream.write(piece));
    out.push(stream.end());
    return { left: Buffer.concat(out), unreadable: null };
  } catch (error) {
    if (!(error instanceof UnreadableJsonError)) throw error;
    return { left: Buffer.concat(out), unreadable: error.message };
  }
}
