import { createHash } from 'node:crypto';
import { exported } from '../audit/export.ts';
import type { AuditLogger } from '../audit/logger.ts';
import { readRecord } from '../audit/read-records.ts';
import type { AuditLedger, AuditRecord, SealedRecord } from '../core/audit-record.ts';
import { type AuditSink, type SinkFormat, sinkName } from '../core/audit-sink.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { type Cursor, openCursor } from './cursor.ts';
import { type Feed, type FeedOptions, type FeedState, startFeed } from './feed.ts';
import { syslogDelivery } from './syslog.ts';
import { syslogFrame } from './syslog-message.ts';
import { webhookDelivery } from './webhook.ts';

/** Sends the audit log on as it is written. None holds the gateway up, or another one back. */
export interface Sinks {
  states(): readonly FeedState[];
  close(): Promise<void>;
}

export interface SinksOptions {
  readonly ledger: Pick<AuditLedger, 'after' | 'head'>;
  /** Of the log's files; how far each sink is stands beside it. */
  readonly folder: string;
  /** What the gateway calls itself in syslog. */
  readonly host: string;
  readonly version: string;
  readonly log: AuditLogger;
  readonly retryAfterMs?: number;
}

/** @throws UserError AUDIT_DIVERGED when a sink has records that this log has not */
export async function openSinks(
  sinks: readonly AuditSink[],
  options: SinksOptions,
): Promise<Sinks> {
  const { ledger, folder, log, retryAfterMs } = options;
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  const opened: { readonly sink: AuditSink; readonly cursor: Cursor }[] = [];
  for (const sink of sinks) {
    const cursor = await openCursor(`${folder}-sink-${markOf(sink)}.json`);
    await assertOurs(cursor, sink, ledger);
    opened.push({ sink, cursor });
  }
  const feeds = opened.map(({ sink, cursor }): Feed => {
    const name = sinkName(sink);
    return startFeed({ name, ledger, cursor, log, ...retry, ...deliveryTo(sink, options) });
  });
  return {
    states: () => feeds.map((feed) => feed.state()),
    async close() {
      await Promise.all(feeds.map((feed) => feed.close()));
    },
  };
}

/** Small enough for what receivers of a POST take by default; syslog is a stream. */
const most = {
  webhook: { records: 250, bytes: 64 * 1024 },
  syslog: { records: 2_000, bytes: 1024 * 1024 },
};

function deliveryTo(
  sink: AuditSink,
  { host, version }: SinksOptions,
): Pick<FeedOptions, 'deliver' | 'most'> {
  switch (sink.kind) {
    case 'webhook': {
      const { format } = sink;
      const lineOf = ({ line }: SealedRecord) =>
        format === 'json' ? line : written(line, readRecord(line).record, format, version);
      return { deliver: webhookDelivery(sink, lineOf), most: most.webhook };
    }
    case 'syslog': {
      const frame = (sealed: SealedRecord) => {
        const { record } = readRecord(sealed.line);
        const text = written(sealed.line, record, sink.format, version);
        return syslogFrame(sealed, record, { host, text });
      };
      return { deliver: syslogDelivery(sink, frame), most: most.syslog };
    }
    default:
      return sink satisfies never;
  }
}

/** What is no record of ours goes as it is: it is left to the receiver to wonder. */
function written(
  line: string,
  record: AuditRecord | null,
  format: SinkFormat,
  version: string,
): string {
  return format === 'json' || record === null ? line : exported(record, format, version);
}

/** A store from a backup, or a new one, would go on under numbers that the sink has already. */
async function assertOurs(
  cursor: Cursor,
  sink: AuditSink,
  ledger: Pick<AuditLedger, 'after'>,
): Promise<void> {
  const position = cursor.position();
  if (position === null) return;
  const [same] = await ledger.after(position.seq - 1, 1);
  if (same?.hash === position.hash) return;
  throw new UserError(`${sinkName(sink)} has audit records that this store has not`, {
    code: 'AUDIT_DIVERGED',
    exitCode: exitCodes.badConfiguration,
    hint: `It took record ${position.seq}. A store that is new, or from a backup, needs a log of its own (audit.folder).`,
  });
}

function markOf(sink: AuditSink): string {
  const where = sink.kind === 'webhook' ? sink.url : sinkName(sink);
  return createHash('sha256').update(`${sink.kind} ${where}`).digest('hex').slice(0, 16);
}
