import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { RefusedError } from '../../../core/refusal.ts';
import { eachChunk } from '../../../net/each-chunk.ts';
import { TimedMasker } from '../../../net/timed-masker.ts';
import { writeAll } from '../../../net/write-all.ts';
import type { ClientExchange, ResponseHead } from '../client-exchange.ts';
import type { Pieces } from '../dialect.ts';
import type { ExchangeRecording } from '../exchange-recording.ts';
import { type HeaderList, headerList, valuesOf } from '../wire/header-list.ts';
import { isJson, mediaType } from '../wire/media-type.ts';
import type { AnswerMasking } from './answer-masking.ts';
import { JsonLines } from './json-lines.ts';

/** Held in memory at once; a longer body is refused, and so is a longer line of a watch. */
export const maxMaskedBytes = 16 * 1024 * 1024;

export interface MaskedPassing {
  readonly exchange: ClientExchange;
  readonly incoming: IncomingMessage;
  readonly head: ResponseHead;
  /** The answer is awaited even if its client has left. */
  readonly heardOut: boolean;
  readonly masking: AnswerMasking;
  /** Of what the client is given. */
  readonly recording: ExchangeRecording;
}

/**
 * Passes an answer on masked, and returns the stream that is left to be ended, null when nobody
 * is there any more. Nothing leaves that could not be read: rejects with UNMASKABLE before the
 * head is sent, and else breaks the answer off.
 */
export async function passMasked(passing: MaskedPassing): Promise<Writable | null> {
  const { exchange, incoming, head, masking } = passing;
  const headers = headerList(incoming.rawHeaders);
  if (exchange.method === 'HEAD' || [204, 205, 304].includes(head.status)) {
    await eachChunk(incoming, () => 'more');
    return respond(passing, null);
  }
  refuseEncoded(headers);
  if (isJson(headers)) return masking.lines ? passLines(passing) : passWhole(passing);
  const type = mediaType(headers);
  if (/ndjson|jsonl|json-lines/.test(type)) return passLines(passing);
  if (masking.secret || unreadable.test(type))
    throw unmaskable(`it is ${type === '' ? 'of no type' : type}`);
  if (masking.masking.text === null || opaque.test(type)) return passPieces(passing, null);
  return passPieces(passing, new TimedMasker(masking.masking.text.stream()));
}

/** Text in a wrapping in which a byte more or less breaks everything. */
const unreadable = /protobuf|cbor|grpc|msgpack|bson|multipart/;
/** What is no text, and carries its own compression. */
const opaque = /^(image|audio|video|font)\//;

function refuseEncoded(headers: HeaderList): void {
  const encodings = valuesOf(headers, 'content-encoding').map((value) =>
    value.trim().toLowerCase(),
  );
  const [encoded] = encodings.filter((encoding) => encoding !== 'identity' && encoding !== '');
  if (encoded !== undefined) throw unmaskable('it is compressed, though that was not asked for');
}

async function passWhole(passing: MaskedPassing): Promise<Writable | null> {
  const { exchange, incoming, heardOut, masking, recording } = passing;
  const chunks: Buffer[] = [];
  let length = 0;
  await eachChunk(incoming, (chunk) => {
    if (exchange.gone.aborted && !heardOut) throw new Error('the client left');
    length += chunk.length;
    if (length > maxMaskedBytes) throw unmaskable(`it has more than ${maxMaskedBytes} bytes`);
    chunks.push(chunk);
    return 'more';
  });
  if (!incoming.complete) throw new Error('the answer broke off');
  const body = length === 0 ? Buffer.alloc(0) : maskedJson(Buffer.concat(chunks), masking);
  if (body === null) throw unmaskable('it is no JSON, though it says so');
  const client = respond(passing, body.length);
  recording.answered(body.length);
  if (client !== null) await unlessGone(writeAll(client, body, exchange.gone), exchange);
  return exchange.gone.aborted ? null : client;
}

async function passLines(passing: MaskedPassing): Promise<Writable | null> {
  const { masking } = passing;
  return passPieces(
    passing,
    new JsonLines((line) => {
      const masked = maskedJson(line, masking);
      if (masked === null) throw new Error('a line of the answer is no JSON, and is not shown');
      return masked;
    }, maxMaskedBytes),
  );
}

async function passPieces(passing: MaskedPassing, pieces: Pieces | null): Promise<Writable | null> {
  const { exchange, incoming, heardOut, recording } = passing;
  const { gone } = exchange;
  const client = respond(passing, null);
  if (client !== null) exchange.flushHead();
  const send = async (bytes: Buffer) => {
    if (client === null || gone.aborted) {
      if (!heardOut) throw new Error('the client left');
    } else if (bytes.length > 0) {
      recording.answered(bytes.length);
      await unlessGone(writeAll(client, bytes, gone), exchange);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    const due = pieces?.dueIn ?? null;
    if (due === null) return;
    timer = setTimeout(() => {
      // What is released is bounded, and comes before the next piece.
      if (pieces === null || client?.writable !== true) return;
      const released = pieces.release();
      recording.answered(released.length);
      client.write(released);
    }, due);
  };
  try {
    await eachChunk(incoming, async (chunk) => {
      clearTimeout(timer);
      await send(pieces === null ? chunk : pieces.write(chunk));
      schedule();
    });
    clearTimeout(timer);
    if (!incoming.complete) throw new Error('the answer broke off');
    if (pieces !== null) await send(pieces.end());
  } finally {
    clearTimeout(timer);
  }
  return gone.aborted ? null : client;
}

function maskedJson(bytes: Buffer, { masking, secret }: AnswerMasking): Buffer | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  const masked = masking.json?.mask(text, { secret }) ?? null;
  return masked === null ? null : Buffer.from(masked);
}

/** Said of the bytes that came, and untrue of those that leave. */
const ofTheBytes: ReadonlySet<string> = new Set([
  ...['content-length', 'etag', 'content-md5', 'digest', 'content-digest', 'repr-digest'],
  ...['accept-ranges', 'content-range', 'trailer'],
]);

function respond({ exchange, head }: MaskedPassing, length: number | null): Writable | null {
  if (exchange.gone.aborted) return null;
  const kept = head.headers.filter(([name]) => !ofTheBytes.has(name.toLowerCase()));
  const lengths: HeaderList = length === null ? [] : [['Content-Length', String(length)]];
  return exchange.respond({ ...head, headers: [...kept, ...lengths] });
}

async function unlessGone(work: Promise<void>, { gone }: ClientExchange): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

function unmaskable(why: string): UnmaskableError {
  return new UnmaskableError({
    code: 'UNMASKABLE',
    message: `the answer is not shown, because it could not be masked: ${why}`,
  });
}

/** The service has answered, and the answer stays here. */
export class UnmaskableError extends RefusedError {}

/** What a promise came to, with this error as a value. */
export async function orUnmaskable<Value>(work: Promise<Value>): Promise<Value | UnmaskableError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnmaskableError) return error;
    throw error;
  }
}
