import type { TransferReader } from '../../../core/transfer-reader.ts';
import type { CommandReading } from '../shell/read-command.ts';
import { RsyncReader } from './rsync/rsync-reader.ts';
import { ScpReader } from './scp-reader.ts';

/** For a command that is a file transfer's far end and nothing else; null for all others. */
export function transferReaderOf({ scp, rsync }: CommandReading): TransferReader | null {
  if (scp !== null) return new ScpReader(scp);
  return rsync === null ? null : new RsyncReader(rsync);
}
