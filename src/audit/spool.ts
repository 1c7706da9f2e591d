import { readFile, rename, writeFile } from 'node:fs/promises';
import type { AuditLogger } from './logger.ts';
import { missingIsEmpty } from './missing-is-empty.ts';

export interface SpoolState {
  readonly name: string;
  /** Texts that are still to be handed on. */
  readonly owed: number;
  /** Deliveries that failed since it was opened. */
  readonly failures: number;
}

/** Hands texts on, at least once and in order, over restarts; keeps what cannot be handed on yet. */
export interface Spool {
  put(text: string): void;
  state(): SpoolState;
  close(): Promise<void>;
}

export interface SpoolOptions {
  /** What is owed, a JSON string a line. */
  readonly file: string;
  /** For the log. */
  readonly name: string;
  /** Throws when the other side did not take it. */
  readonly deliver: (text: string) => Promise<void>;
  readonly log: AuditLogger;
  readonly most?: number;
  readonly retryAfterMs?: number;
}

const longestRetryMs = 60_000;

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { file, name, deliver, log, most = 1_000, retryAfterMs = 1_000 } = options;
  const owed: string[] = await readOwed(file);
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  /** Without a success between them, and in all. */
  let failures = 0;
  let failed = 0;
  let closed = false;

  /** Durable before it is handed on, and forgotten after: a crash between the two repeats it. */
  async function handOn(): Promise<void> {
    await save();
    let text = owed[0];
    while (text !== undefined && !closed) {
      await deliver(text);
      if (failures > 0) log.info({ name }, 'an audit anchor takes checkpoints again');
      failures = 0;
      if (owed[0] === text) owed.shift();
      text = owed[0];
      if (text === undefined) await save();
    }
  }

  /** The newest checkpoint covers all before it: of too many the oldest can go. */
  function bound(): void {
    if (owed.length <= most) return;
    owed.splice(0, owed.length - most);
    log.warn({ name, most }, 'an audit anchor is so far behind that old checkpoints are left out');
  }

  async function save(): Promise<void> {
    bound();
    const draft = `${file}.tmp`;
    const lines = owed.map((text) => `${JSON.stringify(text)}\n`).join('');
    await writeFile(draft, lines, { mode: 0o600, flush: true });
    await rename(draft, file);
  }

  function work(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    working = working.then(handOn).catch((error: unknown) => {
      if (failures === 0) log.warn({ err: error, name }, 'an audit anchor takes no checkpoints');
      failures += 1;
      failed += 1;
      if (closed) return;
      timer = setTimeout(work, Math.min(longestRetryMs, retryAfterMs * 2 ** (failures - 1)));
    });
  }

  if (owed.length > 0) work();
  return {
    put(text) {
      owed.push(text);
      if (timer === null) work();
    },
    state: () => ({ name, owed: owed.length, failures: failed }),
    async close() {
      // What is on its way may arrive; what is still owed stays in the file.
      await working;
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await working.then(save).catch(() => {});
    },
  };
}

async function readOwed(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(missingIsEmpty);
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'string' ? [value] : [];
    } catch {
      return [];
    }
  });
}
