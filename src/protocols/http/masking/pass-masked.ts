import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { UnreadableJsonError } from '../../../core/unreadable-json-error.ts';
import { eachChunk } from '../../../net/each-chunk.ts';
import { TimedMasker } from '../../../net/timed-masker.ts';
import type { Pieces } from '../dialect.ts';
import { type HeaderList, headerList, valuesOf } from '../wire/header-list.ts';
import { isJson, mediaType } from '../wire/media-type.ts';
import type { AnswerMasking } from './answer-masking.ts';
import { JsonPieces } from './json-pieces.ts';
import { MaskedAnswer, type MaskedAnswerParts } from './masked-answer.ts';
import { UnmaskableError } from './unmaskable.ts';

export interface MaskedPassing extends MaskedAnswerParts {
  readonly incoming: IncomingMessage;
  readonly masking: AnswerMasking;
}

/** Of a JSON answer, so that one that is broken near its beginning is refused in words. */
const keptBackBytes = 256 * 1024;
/** Of one whose client would take its breaking off for its end. */
const keptWholeBytes = 16 * 1024 * 1024;

/**
 * Passes an answer on masked, and returns the stream that is left to be ended, null when nobody
 * is there any more. Nothing leaves that could not be read: rejects with an UnmaskableError.
 */
export async function passMasked(passing: MaskedPassing): Promise<Writable | null> {
  const { exchange, incoming, head, masking } = passing;
  const headers = headerList(incoming.rawHeaders);
  if (exchange.method === 'HEAD' || [204, 205, 304].includes(head.status)) {
    return passPieces(passing, null, 0);
  }
  refuseEncoded(headers);
  if (isJson(headers)) return passJson(passing, masking.lines);
  const type = mediaType(headers);
  if (/ndjson|jsonl|json-lines/.test(type)) return passJson(passing, true);
  if (masking.secret || unreadable.test(type)) {
    throw new UnmaskableError(`it is ${type === '' ? 'of no type' : type}`);
  }
  const { text } = masking.masking;
  const pieces = text === null || opaque.test(type) ? null : new TimedMasker(text.stream());
  return passPieces(passing, pieces, 0);
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
  if (encoded !== undefined)
    throw new UnmaskableError('it is compressed, though that was not asked for');
}

/** @param many line by line for as long as it is asked for: nothing is kept back */
async function passJson(passing: MaskedPassing, many: boolean): Promise<Writable | null> {
  const { exchange, masking } = passing;
  const { json } = masking.masking;
  if (json === null) throw new UnmaskableError('JSON is not masked here');
  const stream = json.stream({ secret: masking.secret, many });
  const keptBack = many ? 0 : exchange.tellsEnd ? keptBackBytes : keptWholeBytes;
  return passPieces(passing, new JsonPieces(stream), keptBack);
}

async function passPieces(
  passing: MaskedPassing,
  pieces: Pieces | null,
  keptBack: number,
): Promise<Writable | null> {
  const { incoming } = passing;
  const answer = new MaskedAnswer(passing, keptBack);
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    const due = pieces?.dueIn ?? null;
    // What is released is bounded, and comes before the next piece.
    if (pieces !== null && due !== null) {
      timer = setTimeout(() => answer.release(pieces.release()), due);
    }
  };
  try {
    if (keptBack === 0) await answer.begin();
    await eachChunk(incoming, (chunk) => {
      clearTimeout(timer);
      const sent = answer.send(pieces === null ? chunk : pieces.write(chunk));
      if (sent !== null) return sent.then(schedule);
      schedule();
      return 'more';
    });
    clearTimeout(timer);
    if (!incoming.complete) throw new Error('the answer broke off');
    if (pieces !== null) await answer.send(pieces.end());
    return await answer.finish();
  } catch (error) {
    if (!(error instanceof UnreadableJsonError)) throw error;
    throw new UnmaskableError(error.message);
  } finally {
    clearTimeout(timer);
  }
}
