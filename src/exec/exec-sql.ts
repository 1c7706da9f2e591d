import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresConnectionView } from '../control/contract.ts';
import { type Execution, recoveryMs, type Start } from './execution.ts';
import { lookUpOperation, lookUpRequest, newest } from './look-up.ts';
import type { SqlAnswer } from './sql-answer.ts';
import type { SqlRun } from './sql-client.ts';
import type { SqlAsk } from './sql-submission.ts';

export type SqlPart = Pick<SqlAsk, 'text' | 'parameters' | 'maxRows' | 'copyTo'>;

/** How long the answer to a cancellation may take, and how often it is sent until then. */
const stopWithinMs = 10_000;
const stopAgainMs = 250;

/** One SQL text at a PostgreSQL connection. */
export function startSql(part: SqlPart, { database }: PostgresConnectionView): Start {
  return async (execution) => {
    const [stream, { runSql }] = await Promise.all([
      execution.tunnel.open(execution.over),
      import('./sql-client.ts'),
    ]);
    const sql = runSql(stream, { ...part, database, onNotice: noticesOf(execution) });
    return {
      answer: sql.answer,
      sent: () => sql.sent(),
      stop: () => stop(execution, sql),
      hangUp: () => stream.destroy(),
    };
  };
}

/** A notice may say that it is held; the gateway's API, not the notice, is what is believed. */
function noticesOf(execution: Execution): (message: string) => void {
  let learning = false;
  return (message) => {
    const id = /^hoopx: .*\((req_\w+)\)$/.exec(message)?.[1];
    if (id !== undefined) execution.named(id);
    if (learning) return;
    learning = true;
    void learn(execution).finally(() => {
      learning = false;
    });
  };
}

async function learn(execution: Execution): Promise<void> {
  const { client, tunnelId, over } = execution;
  const patience = { ms: recoveryMs, signal: over };
  const { found: operation } = await lookUpOperation(client, tunnelId, newest, patience);
  if (operation?.requestId == null || operation.decided) return;
  const { found } = await lookUpRequest(client, operation.requestId, patience);
  if (found === null) return;
  execution.held(found);
  if (found.presentation.inputNotReviewed !== null) execution.stop('copy_data');
}

/**
 * The gateway settles by itself whether this ends a wait or a statement that runs. It is sent
 * again until there is an answer, as it may have come between the two.
 */
async function stop({ tunnel }: Execution, sql: SqlRun): Promise<SqlAnswer | null> {
  const patience = AbortSignal.timeout(stopWithinMs);
  while (!patience.aborted) {
    const key = sql.cancelRequest();
    if (key === null) return null;
    const sent = tunnel.open(patience).then(
      (stream) =>
        void stream
          .on('error', () => {})
          .resume()
          .end(key),
      () => {},
    );
    const pause = sent.then(() => delay(stopAgainMs, null, { ref: false }));
    const answer = await Promise.race([sql.answer, pause]);
    if (answer !== null) return answer;
  }
  return null;
}
