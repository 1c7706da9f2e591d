import { readFile, rename, writeFile } from 'node:fs/promises';
import { missingIsEmpty } from '../audit/missing-is-empty.ts';
import type { AuditHead } from '../core/audit-record.ts';

/** How far a sink has taken the log. What it has not taken is in the log, and nowhere else. */
export interface Cursor {
  /** The last record that it took. */
  position(): AuditHead | null;
  /** Durable once it resolves. */
  move(to: AuditHead): Promise<void>;
}

/** A file that says nothing readable counts as none: then everything is sent again. */
export async function openCursor(file: string): Promise<Cursor> {
  let position = positionFrom(await readFile(file, 'utf8').catch(missingIsEmpty));
  return {
    position: () => position,
    async move({ seq, hash }) {
      const draft = `${file}.tmp`;
      await writeFile(draft, `${JSON.stringify({ seq, hash })}\n`, { mode: 0o600, flush: true });
      await rename(draft, file);
      position = { seq, hash };
    },
  };
}

function positionFrom(text: string): AuditHead | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    if (!('seq' in value) || !('hash' in value)) return null;
    const { seq, hash } = value;
    return Number.isSafeInteger(seq) && typeof hash === 'string'
      ? { seq: Number(seq), hash }
      : null;
  } catch {
    return null;
  }
}
