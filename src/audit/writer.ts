import type { AuditBody, AuditEntry, AuditLedger } from '../core/audit-record.ts';
import { gatewayStopping } from '../core/gate-refusals.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';
import type { AuditLogger } from './logger.ts';

/** Puts records into the store's log, many at a time. */
export interface AuditWriter {
  /** Durable once it resolves; throws a `RefusedError` (AUDIT_UNAVAILABLE) and is then forgotten. */
  append(body: AuditBody, salt?: string): Promise<void>;
  /** Written soon; what cannot be is kept and tried again, and makes `refusal` say so. */
  note(bodies: readonly AuditBody[]): void;
  /** Waits for what was noted so far; throws when it could not be written. */
  settled(): Promise<void>;
  /** Why nothing may run now; null while everything is written. */
  refusal(): Refusal | null;
  /** Tries again; throws when that does not help. At most a few times a second. */
  recover(): Promise<void>;
  /** Writes what has come, and takes nothing more. */
  close(): Promise<void>;
}

interface Waiting extends AuditEntry {
  /** Absent for what is owed whatever happens. */
  readonly settle?: (error: RefusedError | null) => void;
}

const retryEveryMs = 500;
/** Between two tries that callers ask for. */
const patienceMs = 200;

export function createAuditWriter(ledger: AuditLedger, log: AuditLogger): AuditWriter {
  let queue: Waiting[] = [];
  let failure: { readonly refusal: Refusal; readonly at: number } | null = null;
  let draining: Promise<void> | null = null;
  let closed = false;
  const retry = setInterval(() => failure !== null && drain(), retryEveryMs);

  /** One transaction, and one wait for the disk, for all that has come together. */
  function drain(): Promise<void> {
    draining ??= Promise.resolve().then(writeAll);
    return draining;
  }

  async function writeAll(): Promise<void> {
    try {
      while (queue.length > 0) if (!(await writeBatch())) return;
    } finally {
      // Without a wait after the last look: whoever comes next has to begin anew.
      draining = null;
    }
  }

  async function writeBatch(): Promise<boolean> {
    const batch = queue;
    queue = [];
    try {
      await ledger.append(batch);
    } catch (cause) {
      fail(batch, cause);
      return false;
    }
    if (failure !== null) log.warn({}, 'the audit log can be written again');
    failure = null;
    for (const { settle } of batch) settle?.(null);
    return true;
  }

  function fail(batch: readonly Waiting[], cause: unknown): void {
    if (failure === null) log.error({ err: cause }, 'the audit log cannot be written');
    const refusal = refusalFor(cause);
    failure = { refusal, at: performance.now() };
    queue = [...batch.filter(({ settle }) => settle === undefined), ...queue];
    for (const { settle } of batch) settle?.(new RefusedError(refusal, { cause }));
  }

  return {
    append: (body, salt) =>
      new Promise((resolve, reject) => {
        // It would be in no file, and under no checkpoint, until the next start.
        if (closed) throw new RefusedError(gatewayStopping);
        const settle = (error: RefusedError | null) => (error === null ? resolve() : reject(error));
        queue.push({ body, settle, ...(salt === undefined ? {} : { salt }) });
        void drain();
      }),
    note(bodies) {
      for (const body of bodies) queue.push({ body });
      if (!closed) void drain();
    },
    async settled() {
      await drain();
      if (failure !== null) throw new RefusedError(failure.refusal);
    },
    refusal: () => failure?.refusal ?? null,
    async recover() {
      if (failure !== null && performance.now() - failure.at > patienceMs) await drain();
      if (failure !== null) throw new RefusedError(failure.refusal);
    },
    async close() {
      closed = true;
      clearInterval(retry);
      await drain();
    },
  };
}

export function refusalFor(cause: unknown): Refusal {
  return {
    code: 'AUDIT_UNAVAILABLE',
    message: `the audit log cannot be written, so nothing is run: ${reasonOf(cause)}`,
    hint: 'Tell whoever runs the gateway; its log says more.',
  };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof RefusedError) return cause.refusal.message;
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return code === 'ENOSPC' ? 'its disk is full' : 'its files fail';
}
