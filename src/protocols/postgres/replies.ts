import { noteTag, type Run, settleGroup, settleLost } from './runs.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';
import { backendType } from './wire/backend-types.ts';

/** What the server owes for one message that was forwarded, in the order sent. */
export type Expectation =
  | { readonly kind: 'query'; readonly run: Run; readonly completed: (tag: string) => void }
  | { readonly kind: 'parse' | 'bind' | 'close'; readonly confirmed: () => void }
  | { readonly kind: 'describe' }
  | {
      readonly kind: 'execute';
      /** Null for a portal whose operation was settled before. */
      readonly run: Run | null;
      readonly completed: (tag: string) => void;
    }
  | { readonly kind: 'sync' }
  /** A message that the server must refuse; its error is swapped for `error`. */
  | { readonly kind: 'refused'; readonly error: Buffer; readonly simple: boolean };

/** What to do with a message from the server. */
export type Reply =
  | { readonly kind: 'pass' }
  | { readonly kind: 'swap'; readonly bytes: Buffer }
  /** ReadyForQuery: settle the runs with `settle`, then pass it on. */
  | { readonly kind: 'ready'; readonly settle: () => Promise<void> }
  | { readonly kind: 'violation'; readonly message: string };

export interface ServerMessage {
  readonly type: number;
  readonly tag?: string;
  readonly status?: TransactionStatus;
  readonly error?: { readonly code: string; readonly message: string };
}

const pass: Reply = { kind: 'pass' };

/**
 * Follows the server's replies against what was forwarded (PostgreSQL documentation, 55.2), so
 * that names and outcomes change only by the server's word. Pure: bytes stay outside.
 */
export class ReplyTracker {
  readonly #owed: Expectation[] = [];
  #runs: Run[] = [];
  #failed = false;
  #skipping = false;
  #copyIn = false;
  #transaction: TransactionStatus = 'idle';

  get transaction(): TransactionStatus {
    return this.#transaction;
  }

  /** Nothing is owed: the server has answered all that it was sent. */
  get idle(): boolean {
    return this.#owed.length === 0;
  }

  /** The server is reading COPY data. */
  get copyIn(): boolean {
    return this.#copyIn;
  }

  /** Since the last ReadyForQuery an error came: the server skips everything up to Sync. */
  get skipping(): boolean {
    return this.#skipping;
  }

  /** Something that may still change data was sent and not settled. */
  get busy(): boolean {
    return this.#owed.length > 0 || this.#runs.some((run) => run.state === 'sent');
  }

  /** The client has said that its COPY data ends; the server's word on it is still owed. */
  copyInEnded(): void {
    this.#copyIn = false;
  }

  expect(expectation: Expectation): void {
    this.#owed.push(expectation);
  }

  /** A permitted operation is about to leave; its outcome is settled at a later ReadyForQuery. */
  started(run: Run): void {
    this.#runs.push(run);
  }

  /** The connection ended: whatever the server has not answered is unknown. */
  async lost(why: string): Promise<void> {
    const runs = this.#runs;
    this.#runs = [];
    this.#owed.length = 0;
    await settleLost(runs, why);
  }

  on(message: ServerMessage): Reply {
    switch (message.type) {
      case backendType.parseComplete:
        return this.#confirm('parse');
      case backendType.bindComplete:
        return this.#confirm('bind');
      case backendType.closeComplete:
        return this.#confirm('close');
      case backendType.rowDescription:
      case backendType.noData:
        return this.#described();
      case backendType.commandComplete:
        return this.#completed(message.tag ?? '');
      case backendType.emptyQueryResponse:
        return this.#completed(null);
      case backendType.portalSuspended:
        return this.#suspended();
      case backendType.copyInResponse:
        return this.#copyInStarted();
      case backendType.errorResponse:
        return this.#errored(message.error ?? { code: 'XX000', message: '' });
      case backendType.readyForQuery:
        return this.#ready(message.status ?? 'failed');
      case backendType.parameterStatus:
        return pass;
      default:
        return violation(`message type 0x${message.type.toString(16)} after startup`);
    }
  }

  #confirm(kind: 'parse' | 'bind' | 'close'): Reply {
    const head = this.#owed[0];
    if (head?.kind !== kind) return violation(`${kind} complete, and none was owed`);
    this.#owed.shift();
    head.confirmed();
    return pass;
  }

  #described(): Reply {
    if (this.#owed[0]?.kind === 'describe') this.#owed.shift();
    else if (this.#owed[0]?.kind !== 'query') return violation('description, and none was owed');
    return pass;
  }

  #completed(tag: string | null): Reply {
    const head = this.#owed[0];
    if (head?.kind !== 'query' && head?.kind !== 'execute') {
      return violation('command complete, and none was owed');
    }
    this.#copyIn = false;
    if (head.run !== null && tag !== null) noteTag(head.run, tag);
    if (head.kind === 'execute') {
      this.#owed.shift();
      if (head.run !== null) head.run.state = 'executed';
    }
    if (tag !== null) head.completed(tag);
    if (tag === 'COMMIT') this.#keepExecuted();
    return pass;
  }

  /** What ran before a COMMIT stays, whatever fails later in the same pipeline. */
  #keepExecuted(): void {
    for (const run of this.#runs) {
      if (run.state === 'executed') run.state = 'kept';
    }
  }

  #suspended(): Reply {
    if (this.#owed[0]?.kind !== 'execute') return violation('portal suspended, and none was owed');
    this.#owed.shift();
    return pass;
  }

  /** In copy-in mode the server ignores Sync and Flush that were sent before (55.2.6). */
  #copyInStarted(): Reply {
    const head = this.#owed[0];
    if (head?.kind !== 'query' && head?.kind !== 'execute') {
      return violation('COPY started, and none was owed');
    }
    this.#copyIn = true;
    this.#owed.splice(1);
    return pass;
  }

  #errored(error: { code: string; message: string }): Reply {
    const head = this.#owed[0];
    this.#copyIn = false;
    this.#failed = true;
    if (head === undefined) return pass;
    if (head.kind === 'refused' && !head.simple) {
      this.#skipToSync();
      return { kind: 'swap', bytes: head.error };
    }
    if (head.kind === 'refused') return { kind: 'swap', bytes: head.error };
    if (head.kind === 'query' || head.kind === 'execute') {
      if (head.run !== null) head.run.error = error;
    }
    if (head.kind !== 'query') this.#skipToSync();
    return pass;
  }

  #skipToSync(): void {
    while (this.#owed.length > 0 && this.#owed[0]?.kind !== 'sync') this.#owed.shift();
    this.#skipping = true;
  }

  #ready(status: TransactionStatus): Reply {
    const head = this.#owed.shift();
    const simple = head?.kind === 'query' || (head?.kind === 'refused' && head.simple);
    if (!simple && head?.kind !== 'sync') return violation('ReadyForQuery, and none was owed');
    if (head.kind === 'query' && head.run.error === null) head.run.state = 'executed';
    if (head.kind === 'refused' && !this.#failed)
      return violation('a refused message was accepted');
    const end = { transaction: status, failed: this.#failed };
    this.#transaction = status;
    this.#failed = false;
    this.#skipping = false;
    const runs = this.#runs;
    this.#runs = [];
    if (runs.length === 0) return pass;
    return {
      kind: 'ready',
      settle: async () => {
        this.#runs.push(...(await settleGroup(runs, end)));
      },
    };
  }
}

function violation(message: string): Reply {
  return { kind: 'violation', message: `the server broke the protocol: ${message}` };
}
