import type { TransferReader } from '../../../core/transfer-reader.ts';
import type { CommandReading } from '../shell/read-command.ts';
import { ScpReader } from './scp-reader.ts';

/** For a command that is a file transfer's far end and nothing else; null for all others. */
export function transferReaderOf({ scp }: CommandReading): TransferReader | null {
  return scp === null ? null : new ScpReader(scp);
}
