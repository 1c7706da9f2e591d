import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { SqlAnswer, SqlError } from './sql-answer.ts';
import { type SqlAsk, SqlSubmission, sqlErrorOf } from './sql-submission.ts';

export interface SqlRun {
  /** Never rejects. */
  readonly answer: Promise<SqlAnswer>;
  /** Whether the text has left: before that, nothing can have run. */
  sent(): boolean;
  /** CancelRequest for it (PostgreSQL documentation, 55.2.8), to be sent on a stream of its own. */
  cancelRequest(): Buffer | null;
}

/** How long the other side may take to hang up. */
const goodbyeMs = 3_000;

/** Runs one text over a stream to the gateway, which is closed afterwards. */
export function runSql(stream: Duplex, ask: SqlAsk): SqlRun {
  const client = new GatewayClient({
    stream: () => connected(stream),
    user: 'hoopx',
    database: ask.database,
    ssl: false,
    sslnegotiation: 'postgres',
  });
  const submission = new SqlSubmission(ask, stream);
  return {
    answer: run(client, stream, submission, ask),
    sent: () => submission.sent,
    cancelRequest: () => cancelRequestOf(client),
  };
}

class GatewayClient extends pg.Client {
  /**
   * The whole of the startup message. `pg` would add what PGOPTIONS and the like say, and then
   * an approval would hold for one environment and not for another.
   */
  getStartupConf(): Readonly<Record<string, string>> {
    return { user: 'hoopx', database: this.database ?? '', application_name: 'hoopx exec' };
  }
}

async function run(
  client: pg.Client,
  stream: Duplex,
  submission: SqlSubmission,
  ask: SqlAsk,
): Promise<SqlAnswer> {
  client.on('error', () => {});
  client.on('notice', (notice) => ask.onNotice(notice.message ?? ''));
  try {
    await client.connect();
    client.query(submission);
    return await submission.answer;
  } catch (error) {
    const target = sqlErrorOf(error);
    return answerOf(target);
  } finally {
    const waited = delay(goodbyeMs, undefined, { ref: false });
    await Promise.race([client.end().catch(() => {}), waited]);
    stream.destroy();
  }
}

function answerOf(error: SqlError | null): SqlAnswer {
  const lost = error === null;
  return { protocol: 'postgres', results: [], error, lost, wantedCopyData: false };
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
