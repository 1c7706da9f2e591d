import type { Hash } from './merkle.ts';
import { type NoteKey, type NoteSigner, openNote, signNote } from './signed-note.ts';

/** The log at one size (https://c2sp.org/tlog-checkpoint). The origin is the key's name. */
export interface Checkpoint {
  readonly size: number;
  readonly root: Hash;
  /** RFC 3339: the one extension line, so that an idle log's checkpoints tell when they were made. */
  readonly time: string;
}

export function signCheckpoint({ size, root, time }: Checkpoint, signer: NoteSigner): string {
  return signNote(`${signer.name}\n${size}\n${root.toString('base64')}\ntime ${time}\n`, signer);
}

/** Null unless it is signed by that key and well formed. */
export function openCheckpoint(note: string, key: NoteKey): Checkpoint | null {
  const text = openNote(note, key);
  const match = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\ntime (\S+)\n$/.exec(
    text ?? '',
  );
  if (match === null || match[1] !== key.name) return null;
  const root = Buffer.from(match[3] ?? '', 'base64');
  return { size: Number(match[2]), root, time: match[4] ?? '' };
}
