import { type IncomingMessage, request } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { HttpEnd, ResultHeaders } from './http-answer.ts';
import type { HttpAsk } from './http-source.ts';

export interface HttpOutput {
  /** Takes the body at its own pace, and is not ended. */
  readonly body: Writable;
  /** Called once when it takes no more; the rest is dropped. */
  readonly onLost: () => void;
}

export interface HttpCall {
  readonly end: HttpEnd;
  readonly headers: ResultHeaders;
}

/**
 * Sends one request over a stream to the gateway, and passes the body of its answer on. Never
 * rejects. What the gateway itself answers is not the service's: nothing of it is passed on.
 */
export async function callHttp(stream: Duplex, ask: HttpAsk, to: HttpOutput): Promise<HttpCall> {
  try {
    const incoming = await answerTo(stream, ask);
    const { refusal, unknown } = gatewaysWord(incoming);
    if (refusal !== null) {
      const end = await toldBy(incoming, refusal);
      return { headers: {}, end: unknown ? { kind: 'lost', message: end.message } : end };
    }
    await passOn(incoming, to);
    if (!incoming.complete) throw new Error('the answer broke off');
    const { statusCode: status = 0, statusMessage: statusText = '' } = incoming;
    return { headers: headersOf(incoming), end: { kind: 'answered', status, statusText } };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'the connection ended';
    return { headers: {}, end: { kind: 'lost', message } };
  } finally {
    stream.destroy();
  }
}

function answerTo(stream: Duplex, ask: HttpAsk): Promise<IncomingMessage> {
  const { method, path, headers, body } = ask;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...{ method, path, setHost: false, createConnection: () => stream },
      headers: ['Host', 'localhost', 'Connection', 'close', ...headers.flat()],
    });
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.once('close', () => reject(new Error('the connection ended')));
    outgoing.end(body);
  });
}

/** Only the gateway can say these: it leaves them out of what services answer. */
function gatewaysWord({ headers }: IncomingMessage) {
  const refusal = headers['x-hoopx-refusal'];
  return {
    refusal: typeof refusal === 'string' ? refusal : null,
    unknown: headers['x-hoopx-outcome'] === 'unknown',
  };
}

const maxProblemBytes = 65_536;

async function toldBy(incoming: IncomingMessage, code: string) {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxProblemBytes) break;
    chunks.push(bytes);
  }
  const problem = problemOf(Buffer.concat(chunks).toString('utf8'));
  const message = problem.detail ?? 'the gateway refused it';
  return { kind: 'told', code, message, hint: problem.hint } as const;
}

/** RFC 9457, of the gateway's own. */
function problemOf(text: string): { readonly detail: string | null; readonly hint: string | null } {
  try {
    const problem: unknown = JSON.parse(text);
    const wordIn = (name: string) => {
      const value: unknown =
        typeof problem === 'object' && problem !== null ? Reflect.get(problem, name) : null;
      return typeof value === 'string' && value !== '' ? value : null;
    };
    return { detail: wordIn('detail'), hint: wordIn('hint') };
  } catch {
    return { detail: null, hint: null };
  }
}

async function passOn(incoming: IncomingMessage, { body, onLost }: HttpOutput): Promise<void> {
  let lost = false;
  const lose = () => {
    if (!lost) onLost();
    lost = true;
    incoming.unpipe(body).resume();
  };
  body.once('error', lose);
  try {
    if (body.destroyed) lose();
    else incoming.pipe(body, { end: false });
    await finished(incoming);
  } finally {
    body.off('error', lose);
  }
}

/** Between this program and the gateway; nothing of the service. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
]);

function headersOf({ rawHeaders }: IncomingMessage): ResultHeaders {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (ofConnection.has(name)) continue;
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return Object.fromEntries(headers);
}
