import { readChunks } from '../../../net/read-chunks.ts';
import { StreamClosedError } from '../../../net/stream-closed-error.ts';
import { writeAll } from '../../../net/write-all.ts';
import type { PostgresTarget } from '../target.ts';
import { connectUpstream, type UpstreamConnection } from '../upstream.ts';
import { decodeDataRow } from '../wire/backend/data-row.ts';
import { decodeErrorResponse } from '../wire/backend/report.ts';
import { type ColumnDescription, decodeRowDescription } from '../wire/backend/row-description.ts';
import { BackendScanner } from '../wire/backend-scanner.ts';
import { backendType } from '../wire/backend-types.ts';
import { encodeSync, encodeTerminate } from '../wire/frontend/bodiless.ts';
import { encodeDescribe } from '../wire/frontend/describe-close.ts';
import { encodeParse } from '../wire/frontend/parse.ts';
import { encodeQuery } from '../wire/frontend/query.ts';

interface Reply {
  readonly type: number;
  readonly raw: Buffer;
}

const maxReplyBytes = 256 * 1024 * 1024;
/** Descriptions asked for in one write. */
const batchSize = 100;

/** A connection of the gateway's own beside the sessions, for asking the catalog. */
export class SideConnection implements AsyncDisposable {
  readonly #upstream: UpstreamConnection;
  readonly #replies: AsyncGenerator<Reply, void, undefined>;
  readonly #signal: AbortSignal;

  private constructor(upstream: UpstreamConnection, signal: AbortSignal) {
    this.#upstream = upstream;
    this.#signal = signal;
    this.#replies = repliesOf(upstream, signal);
  }

  /** Rejects with a RefusedError, or the signal's reason. */
  static async open(
    target: PostgresTarget,
    database: string,
    signal: AbortSignal,
  ): Promise<SideConnection> {
    const parameters = new Map([['application_name', 'hoopx masking']]);
    return new SideConnection(
      await connectUpstream(target, { database, parameters, signal }),
      signal,
    );
  }

  /** The rows of the last statement of a text, as text. Throws what the server reports. */
  async query(text: string): Promise<readonly (readonly (string | null)[])[]> {
    await writeAll(this.#upstream.stream, encodeQuery(text), this.#signal);
    let rows: (readonly (string | null)[])[] = [];
    for await (const { type, raw } of this.#untilReady()) {
      if (type === backendType.rowDescription) rows = [];
      if (type === backendType.errorResponse) throw failure(raw);
      if (type === backendType.dataRow) {
        rows.push(decodeDataRow(raw).values.map((value) => value?.toString('utf8') ?? null));
      }
    }
    return rows;
  }

  /** The result columns of each query, by the server's own parse analysis; null where it fails. */
  async describe(
    texts: readonly string[],
  ): Promise<readonly (readonly ColumnDescription[] | null)[]> {
    const described: (readonly ColumnDescription[] | null)[] = [];
    for (let at = 0; at < texts.length; at += batchSize) {
      const batch = texts.slice(at, at + batchSize);
      await writeAll(this.#upstream.stream, Buffer.concat(batch.map(askFor)), this.#signal);
      for (const _text of batch) described.push(await this.#description());
    }
    return described;
  }

  async #description(): Promise<readonly ColumnDescription[] | null> {
    let columns: readonly ColumnDescription[] | null = null;
    for await (const { type, raw } of this.#untilReady()) {
      if (type === backendType.rowDescription) columns = decodeRowDescription(raw).columns;
    }
    return columns;
  }

  async *#untilReady(): AsyncGenerator<Reply, void, undefined> {
    for (;;) {
      const { value, done } = await this.#replies.next();
      if (done === true || value === undefined) throw new StreamClosedError('the server hung up');
      if (value.type === backendType.readyForQuery) return;
      yield value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stream } = this.#upstream;
    await writeAll(stream, encodeTerminate(), this.#signal).catch(() => {});
    stream.destroy();
  }
}

async function* repliesOf(
  { stream, leftover }: UpstreamConnection,
  signal: AbortSignal,
): AsyncGenerator<Reply, void, undefined> {
  const scanner = new BackendScanner({ maxBufferedBytes: maxReplyBytes }, () => true);
  function* messages(chunk: Buffer): Generator<Reply> {
    scanner.feed(chunk);
    while (scanner.next()) {
      const { type, bytes, start, end } = scanner;
      yield { type, raw: bytes.subarray(start, end) };
    }
  }
  yield* messages(leftover);
  for await (const chunk of readChunks(stream, signal)) yield* messages(chunk);
}

function askFor(text: string): Buffer {
  return Buffer.concat([
    encodeParse({ statement: '', text, parameterTypes: [] }),
    encodeDescribe({ object: 'statement', name: '' }),
    encodeSync(),
  ]);
}

/** Only its code: the text may quote what is masked. */
function failure(raw: Buffer): Error {
  const { code = 'XX000' } = decodeErrorResponse(raw).fields;
  return new Error(`the catalog could not be read (${code})`);
}
