/**
 * POST /v1/audit/erasures, for operators: takes content out of the store, for good. Either what is
 * named, all of it or none, or every request that ended before a time.
 */
export interface EraseContent {
  /** At most 200. */
  readonly requests?: readonly string[];
  /** At most 200: sessions whose recordings are removed. */
  readonly sessions?: readonly string[];
  /** RFC 3339; by itself. */
  readonly before?: string;
}

export interface ErasureView {
  /** How many had content until now. */
  readonly requests: number;
  /** Sessions whose recordings were removed. */
  readonly removed: readonly string[];
  /** Those whose recordings could not be removed now. */
  readonly failed: readonly string[];
  /** Sessions in which it was held, joined or run, and whose recordings are kept; the newest 200. */
  readonly recorded: readonly string[];
  /** False: it may lie in free space of the store's files until it is asked for again. */
  readonly purged: boolean;
}
