import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuditBody, AuditLedger } from '../core/audit-record.ts';
import { commitmentTo, leafHash, mintSalt } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import type { Eventual } from '../core/eventual.ts';
import type { DecisionEvent } from '../core/gate.ts';
import { RefusedError } from '../core/refusal.ts';
import { type Anchor, type Anchors, openAnchors } from './anchors.ts';
import {
  createCheckpointFiles,
  lastCheckpoint,
  type StoredTree,
  treeOf,
} from './checkpoint-files.ts';
import { createKeeper, type Keeper, type KeeperStanding } from './keeper.ts';
import type { AuditLogger } from './logger.ts';
import { createFrontier, type Frontier } from './merkle.ts';
import { createPassCounter } from './passes.ts';
import { openRecordFiles, type RecordFiles } from './record-files.ts';
import { verifierText } from './signed-note.ts';
import { openSignerFile } from './signer-file.ts';
import type { SpoolState } from './spool.ts';
import { type AuditWriter, createAuditWriter } from './writer.ts';

/** A session's part of the log. */
export interface SessionAudit {
  /** For the gate's tap: at once, unless something must be written first, or nothing can be. */
  decided(event: DecisionEvent): Eventual<void>;
  /** Once; again does nothing. */
  ended(operations: number): void;
}

type SessionBegan = Extract<AuditBody, { type: 'session_began' }>;

/** The tamper-evident log of one gateway. */
export interface AuditLog {
  /** The public key, for those who verify. */
  readonly verifier: string;
  /** Durable once it resolves; throws a `RefusedError` (AUDIT_UNAVAILABLE). */
  append(body: AuditBody): Promise<void>;
  /** Written soon; nothing runs while it cannot be. */
  note(body: AuditBody): void;
  /** Throws a `RefusedError` while the log cannot be written. */
  assertWritable(): void;
  /** How far it has come, and its anchors with it. */
  standing(): AuditStanding;
  /** Durable once it resolves. */
  began(body: SessionBegan): Promise<SessionAudit>;
  /** Everything is in the files, under a checkpoint, when it resolves. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface AuditStanding extends KeeperStanding {
  readonly anchors: readonly SpoolState[];
}

export interface AuditOptions {
  readonly ledger: AuditLedger;
  readonly folder: string;
  readonly keyFile: string;
  /** Name of a new key, and of the log: `hoopx.example.com/audit`. */
  readonly origin: string;
  readonly clock: Clock;
  readonly log: AuditLogger;
  readonly anchors: readonly Anchor[];
  readonly checkpointEveryMs?: number;
}

const writeEveryMs = 1_000;

/** @throws UserError AUDIT_KEY, AUDIT_DIVERGED */
export async function openAuditLog(options: AuditOptions): Promise<AuditLog> {
  const { ledger, folder, keyFile, origin, clock, log } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const signer = await openSignerFile(keyFile, origin);
  const verifier = verifierText(signer);
  await writeFile(verifierFile(folder), `${verifier}\n`, { mode: 0o644 });
  const files = await openRecordFiles(folder, ledger);
  const last = await lastCheckpoint(folder, signer);
  const frontier = await standingFrontier(ledger, files, last);
  const writer = createAuditWriter(ledger, log);
  const anchors = await openAnchors(options.anchors, folder, log, (anchor, problem) => {
    log.error({ anchor, problem }, 'an audit anchor does not have what it was given');
    writer.note([{ type: 'anchor_diverged', anchor, problem }]);
  });
  const checkpoints = createCheckpointFiles(folder, signer, last, anchors.add);
  const { checkpointEveryMs } = options;
  const keeper = createKeeper({
    ...{ ledger, files, checkpoints, frontier, clock, log },
    ...(checkpointEveryMs === undefined ? {} : { checkpointEveryMs }),
  });
  return createAuditLog({ verifier, writer, keeper, anchors, clock });
}

export function verifierFile(folder: string): string {
  return path.join(folder, 'log.vkey');
}

/** From the last checkpoint, if what is stored with it leads to the root that was signed. */
async function standingFrontier(
  ledger: AuditLedger,
  files: RecordFiles,
  last: StoredTree | null,
): Promise<Frontier> {
  const end = files.head()?.seq ?? 0;
  const frontier = (last !== null && last.size <= end && treeOf(last)) || createFrontier();
  while (frontier.size < end) {
    const records = await ledger.after(frontier.size, Math.min(1_000, end - frontier.size));
    for (const { line } of records) frontier.add(leafHash(line));
    if (records.length === 0) throw new Error('the store has fewer records than the files');
  }
  return frontier;
}

interface LogParts {
  readonly verifier: string;
  readonly writer: AuditWriter;
  readonly keeper: Keeper;
  readonly anchors: Anchors;
  readonly clock: Clock;
}

function createAuditLog({ verifier, writer, keeper, anchors, clock }: LogParts): AuditLog {
  const sessions = new Set<() => readonly AuditBody[]>();
  const writing = setInterval(() => writeCounts(), writeEveryMs);

  function writeCounts(): void {
    const bodies = [...sessions].flatMap((take) => take());
    if (bodies.length > 0) writer.note(bodies);
  }

  /** At once while all is well: what passes unasked must not wait. */
  function writable(): Eventual<void> {
    const files = keeper.refusal();
    if (files !== null) throw new RefusedError(files);
    return writer.refusal() === null ? undefined : writer.recover();
  }

  function sessionAudit(began: SessionBegan, salt: string): SessionAudit {
    const { session, connection, principal } = began;
    const counter = createPassCounter(session, salt, clock);
    sessions.add(counter.take);

    function passed({ operation, verdict }: DecisionEvent): Eventual<void> {
      const room = counter.count(operation.decidable, verdict);
      if (room) return undefined;
      writer.note(counter.take());
      return writer.settled();
    }

    return {
      decided(event) {
        const { operation, verdict, request, refusal } = event;
        if (refusal === null) {
          const well = writable();
          // An approved one is in the log already, with its intent.
          if (request !== null) return well;
          return well instanceof Promise ? well.then(() => passed(event)) : passed(event);
        }
        // What became of a request is taken down with the request.
        if (request !== null) return undefined;
        return writer.append({
          type: 'operation_refused',
          ...{ session, connection, principal },
          code: refusal.code,
          rules: verdict.rules,
          revision: verdict.revision,
          classes: operation.decidable.facts.classes,
          text: commitmentTo(salt, operation.decidable.text),
          request: refusal.requestId ?? null,
        });
      },
      ended(operations) {
        if (!sessions.delete(counter.take)) return;
        writer.note([...counter.take(), { type: 'session_ended', session, operations }]);
      },
    };
  }

  return {
    verifier,
    append: (body) => writer.append(body),
    note: (body) => writer.note([body]),
    assertWritable() {
      const refusal = keeper.refusal() ?? writer.refusal();
      if (refusal !== null) throw new RefusedError(refusal);
    },
    standing: () => ({ ...keeper.standing(), anchors: anchors.states() }),
    async began(body) {
      await writable();
      const salt = mintSalt();
      await writer.append(body, salt);
      return sessionAudit(body, salt);
    },
    async flush() {
      writeCounts();
      await writer.settled();
      await keeper.flush();
    },
    async close() {
      clearInterval(writing);
      writeCounts();
      await writer.close();
      await keeper.close();
      await anchors.close();
    },
  };
}
