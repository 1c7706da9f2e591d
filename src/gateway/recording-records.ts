import type { AuditLog } from '../audit/log.ts';
import type { RecordingsOptions } from '../recording/recordings.ts';

type Told = Required<Pick<RecordingsOptions, 'onClosed' | 'onExpired'>>;

/** What the audit log says of recordings. */
export function recordingRecords(audit: Pick<AuditLog, 'append' | 'note'>): Told {
  return {
    // Owed: where it cannot be written before the gateway ends, the next one does it.
    onClosed: (session, closed) => audit.note({ type: 'recording_closed', session, ...closed }),
    async onExpired(session, reason) {
      const body = { type: 'recording_removed', session, reason } as const;
      try {
        await audit.append(body);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        // The removal is what makes room for its record.
        audit.note(body);
      }
    },
  };
}

function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : null;
  return code === 'ENOSPC' || code === 'SQLITE_FULL' || isDiskFull(error.cause);
}
