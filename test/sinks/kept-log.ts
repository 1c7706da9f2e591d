import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AuditSink } from '../../src/core/audit-sink.ts';
import { openSinks, type Sinks } from '../../src/sinks/sinks.ts';
import { openStore, type Store } from '../../src/store/store.ts';

/** A real store with records in its log, and what is told of the sinks that follow it. */
export interface KeptLog extends AsyncDisposable {
  readonly folder: string;
  readonly store: Store;
  readonly told: { readonly level: string; readonly text: string }[];
  /** Adds so many records. */
  write(count: number): Promise<void>;
  lines(): Promise<readonly string[]>;
  open(...sinks: readonly AuditSink[]): Promise<Sinks>;
}

export async function keptLog(): Promise<KeptLog> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-sinks-'));
  const store = await openStore({ kind: 'sqlite', path: path.join(folder, 'hoopx.db') });
  const told: { level: string; text: string }[] = [];
  const tell = (level: string) => (detail: object, text: string) =>
    void told.push({ level, text: `${text} ${JSON.stringify(detail)}` });
  let written = 0;
  return {
    ...{ folder, store, told },
    async write(count) {
      const bodies = Array.from({ length: count }, () => {
        written += 1;
        const session = `ses_ü"]\\${written}`;
        return { body: { type: 'session_ended', session, operations: written } } as const;
      });
      await store.audit.append(bodies);
    },
    lines: async () => (await store.audit.after(0, 100_000)).map(({ line }) => line),
    open: (...sinks) =>
      openSinks(sinks, {
        ...{ ledger: store.audit, folder: path.join(folder, 'audit'), host: 'gw.example.com' },
        ...{ version: '1.2.3', retryAfterMs: 50 },
        log: { info: tell('info'), warn: tell('warn'), error: tell('error') },
      }),
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In order, where repeats after a failure go back to the start of what was not acknowledged. */
export function firstSightings(seqs: readonly number[]): readonly number[] {
  return seqs.filter((seq, index) => seqs.indexOf(seq) === index);
}
