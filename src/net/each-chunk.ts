import type { Readable } from 'node:stream';
import { StreamClosedError } from './stream-closed-error.ts';

/** What became of a chunk; a promise is waited for, with the stream paused. */
export type Taken = 'more' | 'enough' | Promise<unknown>;

/**
 * Hands each chunk to `take` as it comes, without a promise for each: resolves when the stream
 * has ended or `take` has enough, but never while `take` is at work. The stream is left open and
 * paused. Rejects with what `take` threw, the stream's own error, or StreamClosedError when it
 * breaks off. Nobody else may read the stream meanwhile.
 */
export function eachChunk(stream: Readable, take: (chunk: Buffer) => Taken): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false;
    let work: Promise<unknown> | null = null;
    const ended = () => stop(resolve);
    const fail = (error: unknown) => stop(() => reject(error));
    const brokeOff = () => fail(new StreamClosedError('the stream broke off'));

    const stop = (settle: () => void) => {
      over = true;
      stream.off('data', hand).off('end', ended).off('error', fail).off('close', brokeOff);
      stream.pause();
      if (work === null) settle();
      else work.then(settle, reject);
    };
    const wait = (taken: Promise<unknown>) => {
      stream.pause();
      work = taken;
      const goOn = () => {
        work = null;
        if (!over) stream.resume();
      };
      taken.then(goOn, (error) => {
        work = null;
        if (!over) fail(error);
      });
    };
    const hand = (chunk: Buffer) => {
      try {
        const taken = take(chunk);
        if (taken === 'enough') ended();
        else if (taken !== 'more') wait(taken);
      } catch (error) {
        fail(error);
      }
    };

    if (stream.readableEnded) ended();
    else if (stream.destroyed) brokeOff();
    else {
      stream.on('data', hand).on('end', ended).on('error', fail).on('close', brokeOff);
      stream.resume();
    }
  });
}
