import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { SqlAnswer } from './sql-answer.ts';
import { type SqlAsk, SqlSubmission, sqlErrorOf } from './sql-submission.ts';

export interface SqlRun {
  /** Never rejects. */
  readonly answer: Promise<SqlAnswer>;
  /** CancelRequest for it (PostgreSQL documentation, 55.2.8), to be sent on a stream of its own. */
  cancelRequest(): Buffer | null;
}

/** Runs one text over a stream to the gateway, which is closed afterwards. */
export function runSql(stream: Duplex, ask: SqlAsk): SqlRun {
  const client = new pg.Client({
    stream: () => connected(stream),
    user: 'hoopx',
    database: ask.database,
    ssl: false,
    application_name: 'hoopx exec',
  });
  return { answer: run(client, ask), cancelRequest: () => cancelRequestOf(client) };
}

async function run(client: pg.Client, ask: SqlAsk): Promise<SqlAnswer> {
  client.on('error', () => {});
  client.on('notice', (notice) => ask.onNotice(notice.message ?? ''));
  try {
    await client.connect();
    const submission = new SqlSubmission(ask);
    client.query(submission);
    return await submission.answer;
  } catch (error) {
    const target = sqlErrorOf(error);
    return { results: [], error: target, lost: target === null };
  } finally {
    await client.end().catch(() => {});
  }
}

/** What `pg` does to a socket of its own; this stream is connected already. */
function connected(stream: Duplex): Duplex {
  const nothing = () => stream;
  return Object.assign(stream, {
    connect: () => {
      queueMicrotask(() => stream.emit('connect'));
      return stream;
    },
    setNoDelay: nothing,
    setKeepAlive: nothing,
    ref: nothing,
    unref: nothing,
  });
}

const cancelRequestCode = 80_877_102;

function cancelRequestOf(client: pg.Client): Buffer | null {
  const pid: unknown = Reflect.get(client, 'processID');
  const secret: unknown = Reflect.get(client, 'secretKey');
  if (typeof pid !== 'number' || typeof secret !== 'number') return null;
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(cancelRequestCode, 4);
  message.writeInt32BE(pid, 8);
  message.writeInt32BE(secret, 12);
  return message;
}
