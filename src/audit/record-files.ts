import type { AuditHead, AuditLedger, SealedRecord } from '../core/audit-record.ts';
import { recordHash } from '../core/audit-seal.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { listSegments, openSegment, recordsPerSegment, type SegmentFile } from './segments.ts';

/** The records as files, always a beginning of what the store has. */
export interface RecordFiles {
  /** The last record in them. */
  head(): AuditHead | null;
  append(records: readonly SealedRecord[]): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** @throws UserError AUDIT_DIVERGED when they are not a beginning of what the store has */
export async function openRecordFiles(folder: string, ledger: AuditLedger): Promise<RecordFiles> {
  let segment = await lastSegment(folder);
  let head = headOf(segment);
  try {
    await compare(folder, head, ledger);
  } catch (error) {
    await segment.close();
    throw error;
  }

  async function turnOver(): Promise<void> {
    const next = (head?.seq ?? 0) + 1;
    if (next - segment.first < recordsPerSegment) return;
    await segment.sync();
    await segment.close();
    segment = await openSegment(folder, next);
  }

  return {
    head: () => head,
    async append(records) {
      const last = records.at(-1);
      if (last === undefined) return;
      await turnOver();
      await segment.append(records.map(({ line }) => line));
      head = { seq: last.seq, hash: last.hash };
    },
    sync: () => segment.sync(),
    close: () => segment.close(),
  };
}

async function lastSegment(folder: string): Promise<SegmentFile> {
  const last = (await listSegments(folder).catch(() => [])).at(-1);
  return openSegment(folder, last?.first ?? 1);
}

function headOf({ first, found: { count, last } }: SegmentFile): AuditHead | null {
  const seq = first + count - 1;
  if (last !== undefined) return { seq, hash: recordHash(last) };
  return seq === 0 ? null : { seq, hash: '' };
}

/** What has been written out must not be written over, and not be gone on from elsewhere. */
async function compare(folder: string, head: AuditHead | null, ledger: AuditLedger): Promise<void> {
  if (head === null) return;
  const [same] = await ledger.after(head.seq - 1, 1);
  if (same?.seq === head.seq && (head.hash === '' || same.hash === head.hash)) return;
  throw new UserError(`the audit files in ${folder} are not those of this store`, {
    code: 'AUDIT_DIVERGED',
    exitCode: exitCodes.badConfiguration,
    hint:
      same === undefined
        ? `They have record ${head.seq}, the store has not: it is new, or from a backup. Give it a folder of its own (audit.folder).`
        : `Record ${head.seq} differs: run hoopx audit verify ${folder}`,
  });
}
