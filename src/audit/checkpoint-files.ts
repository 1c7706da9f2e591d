import { appendFile, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Checkpoint, openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { type Frontier, frontierFrom } from './merkle.ts';
import { missingIsEmpty } from './missing-is-empty.ts';
import type { NoteSigner } from './signed-note.ts';

/** One line of `checkpoints.jsonl`. */
export interface StoredCheckpoint {
  readonly note: string;
  /** The tree at that size, as `frontierFrom` takes it: spares the gateway all records before. */
  readonly peaks: readonly string[];
}

/** A checkpoint whose signature was checked, and what is stored with it. */
export type StoredTree = Checkpoint & Pick<StoredCheckpoint, 'peaks'>;

/** Where signed checkpoints go. */
export interface CheckpointFiles {
  /** Of the newest one that was signed. */
  size(): number;
  add(checkpoint: Checkpoint, peaks: readonly string[]): Promise<void>;
}

export function checkpointsFile(folder: string): string {
  return path.join(folder, 'checkpoints.jsonl');
}

/** Told of each new checkpoint, once it is durable here. */
export type CheckpointListener = (note: string) => void;

export function createCheckpointFiles(
  folder: string,
  signer: NoteSigner,
  last: Checkpoint | null,
  tell: CheckpointListener,
): CheckpointFiles {
  let size = last?.size ?? 0;
  let first = true;
  return {
    size: () => size,
    async add(checkpoint, peaks) {
      const note = signCheckpoint(checkpoint, signer);
      // An idle log's are for the anchors: here each size stands once, and once for each start.
      if (checkpoint.size > size || first) {
        await appendDurably(checkpointsFile(folder), `${JSON.stringify({ note, peaks })}\n`);
      }
      first = false;
      size = checkpoint.size;
      tell(note);
    },
  };
}

/** Those that can be read; a line that a crash left unfinished is passed over. */
export async function readCheckpoints(folder: string): Promise<readonly StoredCheckpoint[]> {
  const text = await readFile(checkpointsFile(folder), 'utf8').catch(missingIsEmpty);
  return text.split('\n').flatMap((line) => {
    const stored = storedFrom(line);
    return stored === null ? [] : [stored];
  });
}

/** The newest that this signer signed. */
export async function lastCheckpoint(
  folder: string,
  signer: NoteSigner,
): Promise<StoredTree | null> {
  for (const { note, peaks } of (await readCheckpoints(folder)).toReversed()) {
    const checkpoint = openCheckpoint(note, signer);
    if (checkpoint !== null) return { ...checkpoint, peaks };
  }
  return null;
}

/** What was signed is what is stored with it; null where it is not. */
export function treeOf({ size, root, peaks }: Omit<StoredTree, 'time'>): Frontier | null {
  try {
    const frontier = frontierFrom(size, peaks);
    return frontier.root().equals(root) ? frontier : null;
  } catch {
    return null;
  }
}

function storedFrom(line: string): StoredCheckpoint | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    if (!('note' in value) || typeof value.note !== 'string') return null;
    const peaks = 'peaks' in value && Array.isArray(value.peaks) ? value.peaks.map(String) : [];
    return { note: value.note, peaks };
  } catch {
    return null;
  }
}

/** A line break first when the last line was never finished. */
export async function appendDurably(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const torn = size > 0 && last.toString() !== '\n';
    await appendFile(handle, torn ? `\n${line}` : line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
