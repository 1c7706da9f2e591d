import { andThen } from '../../core/eventual.ts';
import type { Expectation, Reply, ServerMessage } from './expectation.ts';
import { noteTag, type Run, settleGroup, settleLost, type TargetError } from './runs.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';
import { backendType } from './wire/backend-types.ts';

const pass: Reply = { kind: 'pass' };
const swallow: Reply = { kind: 'swap', bytes: Buffer.alloc(0) };
const preparing: ReadonlySet<Expectation['kind']> = new Set(['parse', 'describe', 'close', 'sync']);

/**
 * Follows the server's replies against what was forwarded (PostgreSQL documentation, 55.2), so
 * that names and outcomes change only by the server's word. Pure: bytes stay outside.
 */
export class ReplyTracker {
  readonly #owed: Expectation[] = [];
  #runs: Run[] = [];
  #failure: TargetError | null = null;
  #skipping = false;
  /** A simple Query was skipped: its client has no ReadyForQuery yet. */
  #querySkipped = false;
  #copyIn = false;
  #groupOpen = false;
  #groupWorks = false;
  #transaction: TransactionStatus = 'idle';

  /** As the last ReadyForQuery had it. */
  get transaction(): TransactionStatus {
    return this.#transaction;
  }

  /** What the server is answering. */
  get head(): Expectation | undefined {
    return this.#owed[0];
  }

  /** Messages that the server has not answered. */
  get owes(): number {
    return this.#owed.length;
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

  /** Nothing runs and no transaction is open, not even the one of a pipeline without its Sync. */
  get resting(): boolean {
    return this.idle && !this.#groupOpen && this.#transaction === 'idle';
  }

  /**
   * Statements were prepared, without a Sync and outside a transaction, and nothing else was
   * done: the server keeps the locks of their parse analysis for a transaction of its own.
   */
  get onlyPreparing(): boolean {
    return this.idle && this.#groupOpen && !this.#groupWorks && this.#transaction === 'idle';
  }

  /** The client has said that its COPY data ends; the server's word on it is still owed. */
  copyInEnded(): void {
    this.#copyIn = false;
  }

  expect(expectation: Expectation): void {
    const { kind } = expectation;
    if (kind !== 'sync') this.#groupOpen = true;
    if (!preparing.has(kind)) this.#groupWorks = true;
    this.#owed.push(expectation);
  }

  /** A permitted operation is about to leave; its outcome is settled at a later ReadyForQuery. */
  started(run: Run): void {
    this.#runs.push(run);
  }

  /** The connection ended: whatever the server has not answered is unknown. */
  async lost(why: string): Promise<void> {
    const runs = this.#runs;
    const head = this.#owed[0];
    const copying = this.#copyIn && (head?.kind === 'query' || head?.kind === 'execute');
    const loss = { why, answered: this.idle, copying: copying ? head.operation.run : null };
    this.#runs = [];
    this.#owed.length = 0;
    this.#copyIn = false;
    await settleLost(runs, loss);
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
    return head.own === true ? swallow : pass;
  }

  #described(): Reply {
    const head = this.#owed[0];
    if (head?.kind === 'query') return pass;
    if (head?.kind !== 'describe') return violation('description, and none was owed');
    this.#owed.shift();
    return head.own ? swallow : pass;
  }

  #completed(tag: string | null): Reply {
    const head = this.#owed[0];
    if (head?.kind !== 'query' && head?.kind !== 'execute') {
      return violation('command complete, and none was owed');
    }
    this.#copyIn = false;
    const { run } = head.operation;
    if (run !== null && tag !== null) noteTag(run, tag);
    if (head.kind === 'execute') {
      this.#owed.shift();
      if (run !== null) run.state = 'executed';
    }
    if (tag !== null) head.completed(tag);
    if (tag === 'COMMIT') this.#keepExecuted(run);
    return pass;
  }

  /** What ran before a COMMIT stays, whatever fails later in the same pipeline. */
  #keepExecuted(committing: Run | null): void {
    for (const run of this.#runs) {
      if (run.state === 'executed') run.state = 'kept';
    }
    if (committing !== null) committing.partKept = true;
  }

  /** A statement that changes data has run to its end at its first rows (55.2.3). */
  #suspended(): Reply {
    const head = this.#owed[0];
    if (head?.kind !== 'execute') return violation('portal suspended, and none was owed');
    this.#owed.shift();
    const { run } = head.operation;
    if (run !== null) run.state = 'executed';
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

  /** An error that nothing was owed for is the server's goodbye. */
  #errored(error: TargetError): Reply {
    const head = this.#owed[0];
    if (head === undefined) return pass;
    this.#copyIn = false;
    this.#failure ??= error;
    if (head.kind === 'query' || head.kind === 'execute') {
      const { run } = head.operation;
      if (run !== null) run.error = error;
    }
    const simple = head.kind === 'query' || (head.kind === 'refused' && head.simple);
    if (!simple) this.#skipToSync(error);
    if (head.kind === 'refused' && head.error !== null) return { kind: 'swap', bytes: head.error };
    return pass;
  }

  #skipToSync(error: TargetError): void {
    while (this.#owed.length > 0 && this.#owed[0]?.kind !== 'sync') {
      const skipped = this.#owed.shift();
      if (skipped?.kind !== 'query') continue;
      this.#querySkipped = true;
      if (skipped.operation.run !== null) skipped.operation.run.error = error;
    }
    this.#skipping = true;
  }

  #ready(status: TransactionStatus): Reply {
    const head = this.#owed[0];
    const simple = head?.kind === 'query' || (head?.kind === 'refused' && head.simple);
    if (!simple && head?.kind !== 'sync') return violation('ReadyForQuery, and none was owed');
    if (head.kind === 'refused' && this.#failure === null) {
      return violation('a refused message was accepted');
    }
    this.#owed.shift();
    const run = head.kind === 'query' ? head.operation.run : null;
    if (run !== null && run.error === null) run.state = 'executed';
    const end = { transaction: status, failure: this.#failure };
    this.#transaction = status;
    this.#failure = null;
    this.#skipping = false;
    this.#copyIn = false;
    this.#groupOpen = !this.idle;
    this.#groupWorks = !this.idle;
    const answersQuery = this.#querySkipped;
    this.#querySkipped = false;
    if (head.kind === 'sync' && head.own === true && !answersQuery) return swallow;
    const runs = this.#runs;
    this.#runs = [];
    if (runs.length === 0) return pass;
    return {
      kind: 'ready',
      settle: () =>
        andThen(settleGroup(runs, end), (open) => {
          this.#runs.push(...open);
        }),
    };
  }
}

function violation(message: string): Reply {
  return { kind: 'violation', message: `the server broke the protocol: ${message}` };
}
