import type { Writable } from 'node:stream';
import type { Answer } from './answer.ts';
import { CapturedStream } from './captured-output.ts';
import type { Start } from './execution.ts';
import { Hold } from './hold.ts';
import { httpResult } from './http-answer.ts';
import { callHttp } from './http-call.ts';
import type { HttpAsk } from './http-source.ts';
import { stopOperation } from './stop-operation.ts';

export interface HttpPart {
  readonly ask: HttpAsk;
  /** Where the body of the answer goes as it comes; null: into the result. */
  readonly stdout: Writable | null;
  /** Bytes of the body that are kept in the result. */
  readonly maxOutput: number;
}

/** One request at an HTTP service. */
export function startHttp({ ask, stdout, maxOutput }: HttpPart): Start {
  return async (execution) => {
    const stream = await execution.tunnel.open(execution.over);
    void new Hold(execution).follow();
    const kept = new CapturedStream(maxOutput);
    const onLost = () => execution.stop('interrupted');
    const call = callHttp(stream, ask, { body: stdout ?? kept, onLost });
    const answer = call.then(({ end, headers }): Answer => {
      const whole = end.kind === 'answered' && stdout === null;
      const output = whole ? httpResult({ status: end.status, headers }, kept) : null;
      return { protocol: 'http', end, output };
    });
    const hangUp = () => void stream.destroy();
    return {
      answer,
      sent: () => true,
      // HTTP has no word for it: the service notices that nobody listens any more, or does not.
      stop: () =>
        stopOperation(execution, answer, async () => {
          hangUp();
          return null;
        }),
      hangUp,
    };
  };
}
