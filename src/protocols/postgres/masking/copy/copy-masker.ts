import type { RefusedError } from '../../../../core/refusal.ts';
import { unmaskable } from '../result-masks.ts';

/**
 * Masks the data of one COPY … TO STDOUT, however it is cut into messages. Of a value that is to
 * be masked no byte leaves before all of it has come; everything else leaves as it comes.
 */
export interface CopyMasker {
  /** What may leave now; the very same bytes where nothing changes. Throws a RefusedError. */
  write(data: Buffer): Buffer;
  /** The data is over. Throws a RefusedError where it ended inside a row. */
  end(): void;
}

/** Of one value that is masked; longer ones end the session. */
export const maxHeldBytes = 64 << 20;

/** Data that is not what the description promised: nothing of it can be masked for certain. */
export function unreadableCopy(what: string): RefusedError {
  return unmaskable(`COPY data came that ${what}`);
}
