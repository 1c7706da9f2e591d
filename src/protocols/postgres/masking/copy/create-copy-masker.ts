import type { CopyFormat } from '../../sql/provenance/copy-format.ts';
import type { RowMask } from '../row-mask.ts';
import { BinaryCopyMasker } from './binary-copy.ts';
import type { CopyMasker } from './copy-masker.ts';
import { LineCopyMasker } from './line-copy.ts';

/** For one COPY … TO STDOUT in that format. */
export function createCopyMasker(format: CopyFormat, masks: RowMask): CopyMasker {
  return format.kind === 'binary' ? new BinaryCopyMasker(masks) : new LineCopyMasker(format, masks);
}
