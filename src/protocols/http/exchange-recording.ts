import type { Eventual } from '../../core/eventual.ts';
import type { HttpExchange, SessionRecorder } from '../../core/recording.ts';

/** What is taken down of one request that was sent on. */
export class ExchangeRecording {
  readonly #recorder: SessionRecorder;
  readonly #operation: number;
  readonly #method: string;
  readonly #path: string;
  readonly #began = performance.now();
  #requestBytes = 0;
  #responseBytes = 0;
  #noted = false;

  /** `operation`: its number. */
  constructor(recorder: SessionRecorder, operation: number, method: string, path: string) {
    this.#recorder = recorder;
    this.#operation = operation;
    this.#method = method;
    this.#path = path;
  }

  sent(bytes: number): void {
    this.#requestBytes += bytes;
  }

  answered(bytes: number): void {
    this.#responseBytes += bytes;
  }

  /**
   * Null where no answer came. Once; later calls do nothing.
   * @param withheld why the client was not given the answer, or all of it
   */
  ended(status: number | null, withheld?: string): Eventual<void> {
    if (this.#noted) return;
    this.#noted = true;
    const exchange: HttpExchange = {
      ...{ type: 'exchange', method: this.#method, path: this.#path, status },
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      tookMs: Math.round(performance.now() - this.#began),
      ...(withheld === undefined ? {} : { withheld }),
    };
    return this.#recorder.note(exchange, this.#operation);
  }
}
