import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuditLog } from '../audit/log.ts';
import { RefusedError } from '../core/refusal.ts';
import type { Store } from '../store/store.ts';

export interface ReadinessParts {
  readonly store: Pick<Store, 'assertWritable'>;
  readonly audit: Pick<AuditLog, 'assertWritable'>;
  /** Of the audit log's files, and of recordings. */
  readonly folders: Readonly<Record<'audit' | 'recordings', string>>;
  /** Why it does not serve yet, or any more. */
  readonly phase: () => string | null;
}

/** However often it is asked, the disk is tried no more often than this. */
const goodForMs = 1_000;

/** What stands in the way of serving, one line each: found out by writing. */
export function createReadiness(parts: ReadinessParts): () => Promise<readonly string[]> {
  let tried: { readonly at: number; readonly reasons: Promise<readonly string[]> } | null = null;
  return async () => {
    if (tried === null || performance.now() - tried.at > goodForMs) {
      tried = { at: performance.now(), reasons: tryAll(parts) };
    }
    const reasons = await tried.reasons;
    const phase = parts.phase();
    return phase === null ? reasons : [phase, ...reasons];
  };
}

async function tryAll({ store, audit, folders }: ReadinessParts): Promise<readonly string[]> {
  const reasons = [
    reasonOf('the store cannot be written', () => store.assertWritable()),
    reasonOf('the audit log cannot be written', async () => {
      audit.assertWritable();
      await tryFolder(folders.audit);
    }),
    reasonOf('recordings cannot be written', () => tryFolder(folders.recordings)),
  ];
  return (await Promise.all(reasons)).filter((reason) => reason !== null);
}

async function reasonOf(what: string, attempt: () => Promise<void>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    if (error instanceof RefusedError) return `${what}: ${error.refusal.message}`;
    const code = error instanceof Error && 'code' in error ? `: ${error.code}` : '';
    return `${what}${code}`;
  }
}

/** A page, since an empty file needs no room. */
const page = Buffer.alloc(4096);

async function tryFolder(folder: string): Promise<void> {
  const file = path.join(folder, `.writable-${randomUUID()}`);
  try {
    await writeFile(file, page, { flag: 'wx', mode: 0o600, flush: true });
  } finally {
    await rm(file, { force: true });
  }
}
