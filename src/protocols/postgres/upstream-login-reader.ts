import type { Duplex } from 'node:stream';
import { RefusedError } from '../../core/refusal.ts';
import { safeLine } from '../../core/safe-text.ts';
import type { Secret } from '../../core/secret.ts';
import { readExactly } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { writeAll } from '../../net/write-all.ts';
import type { Report } from './wire/backend/report.ts';
import { type BackendMessage, decodeBackend } from './wire/decode-backend.ts';
import { WireError } from './wire/wire-error.ts';

/** The server's messages during login, one at a time. */
export interface LoginReader {
  /**
   * The next message that is not a notice. An ErrorResponse is thrown as the RefusedError it
   * stands for.
   */
  next(): Promise<BackendMessage>;
  /** Notices so far, as they came. */
  readonly notices: readonly Buffer[];
  write(message: Buffer): Promise<void>;
}

// A login is some twenty short messages; a server that says more is none.
const limits = { messageBytes: 64 * 1024, messages: 500, totalBytes: 1024 * 1024 };

/** Takes nothing off the stream beyond the message that it returns. */
export function createLoginReader(
  stream: Duplex,
  password: Secret | null,
  signal: AbortSignal,
): LoginReader {
  const notices: Buffer[] = [];
  let messages = 0;
  let totalBytes = 0;

  async function readMessage(): Promise<BackendMessage> {
    const header = await read(5);
    const length = header.readInt32BE(1);
    if (length < 4) throw new WireError('BAD_LENGTH', 'server message length is too small');
    messages += 1;
    totalBytes += length;
    const tooMuch = messages > limits.messages || totalBytes > limits.totalBytes;
    if (tooMuch || length > limits.messageBytes) {
      throw new WireError('TOO_LONG', 'the server says too much before it is ready');
    }
    const body = length === 4 ? Buffer.alloc(0) : await read(length - 4);
    return decodeBackend(Buffer.concat([header, body]));
  }

  async function read(length: number): Promise<Buffer> {
    const bytes = await readExactly(stream, length, signal);
    if (bytes === null) throw new StreamClosedError('the server hung up');
    return bytes;
  }

  return {
    notices,
    write: (message) => writeAll(stream, message, signal),
    async next() {
      for (;;) {
        const message = await readMessage();
        if (message.kind === 'errorResponse') throw refusalOf(message, password);
        if (message.kind !== 'noticeResponse') return message;
        notices.push(message.raw);
      }
    },
  };
}

/** A server that knows the password must not get it shown by putting it into its error. */
function refusalOf({ fields }: Report, password: Secret | null): RefusedError {
  const sqlstate = fields.code ?? '';
  const secret = password?.reveal() ?? '';
  const said = fields.message ?? '';
  const shown = secret === '' ? said : said.replaceAll(secret, '[redacted]');
  return new RefusedError({
    code: codeFor(sqlstate),
    message: `the server refused the login: ${safeLine(shown, 500)} (${safeLine(sqlstate, 10)})`,
  });
}

/** Out of connections, starting up or shutting down is not about who we are. */
function codeFor(sqlstate: string): 'UPSTREAM_UNREACHABLE' | 'UPSTREAM_REFUSED_LOGIN' {
  return sqlstate.startsWith('53') || sqlstate.startsWith('57P')
    ? 'UPSTREAM_UNREACHABLE'
    : 'UPSTREAM_REFUSED_LOGIN';
}
