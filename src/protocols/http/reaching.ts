import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { HeaderList } from './wire/header-list.ts';
import { headerList } from './wire/header-list.ts';

/** How far a request has come: until its bytes can have left, nothing can have run. */
export class Reaching {
  #reached = false;
  #late = false;
  #heard = false;

  constructor(request: ClientRequest, connectMs: number) {
    request.once('information', () => {
      this.#heard = true;
    });
    request.once('socket', (socket) => {
      if (!isConnecting(socket)) {
        this.#reached = true;
        return;
      }
      const timer = setTimeout(() => {
        this.#late = true;
        request.destroy(new Error(`no connection within ${connectMs / 1000} s`));
      }, connectMs);
      const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
      socket.once(ready, () => {
        this.#reached = true;
        clearTimeout(timer);
      });
      socket.once('close', () => clearTimeout(timer));
    });
  }

  get reached(): boolean {
    return this.#reached && !this.#late;
  }

  /** Whether the target has said anything about it before its answer. */
  get heard(): boolean {
    return this.#heard;
  }
}

/** The final answer. Rejects with a RefusedError when there is none that can be trusted. */
export function answerTo(
  request: ClientRequest,
  informed: (status: number, headers: HeaderList) => void,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const fail = (error: Error) => reject(new RefusedError(unreachable(error), { cause: error }));
    request.on('response', (incoming) => {
      answered = true;
      resolve(incoming);
    });
    boundInformation(request, reject);
    request.on('information', ({ statusCode, rawHeaders }) => {
      try {
        informed(statusCode, headerList(rawHeaders));
      } catch (error) {
        // Nobody above an event would catch it.
        request.destroy(error instanceof Error ? error : undefined);
      }
    });
    request.on('upgrade', (_answer, socket) => {
      socket.destroy();
      fail(new Error('the service changed to a protocol that nobody asked for'));
    });
    request.on('error', fail);
    request.on('close', () => {
      // Every request closes: an error is made only where it is told.
      if (!answered) fail(new Error('the service closed the connection'));
    });
  });
}

const maxInformed = 1000;

/** A service may say for hours that it is at work, but not for ever. */
export function boundInformation(request: ClientRequest, fail: (error: Error) => void): void {
  let informed = 0;
  request.on('information', () => {
    informed += 1;
    if (informed <= maxInformed) return;
    const message = `the service said ${maxInformed} times that it would answer, and did not`;
    fail(new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message }));
    request.destroy();
  });
}

export function unreachable(error: Error): Refusal {
  const code = codeOf(error);
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code);
  const answered = code.startsWith('HPE_');
  return {
    code: untrusted || answered ? 'UPSTREAM_UNTRUSTED' : 'UPSTREAM_UNREACHABLE',
    message: `no answer from the service: ${error.message}`,
  };
}

/** Node's name for what went wrong: `ECONNRESET`; empty where it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function isConnecting(socket: Socket): boolean {
  if (socket.connecting) return true;
  return 'secureConnecting' in socket && socket.secureConnecting === true;
}
