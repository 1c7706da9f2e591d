import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { exitCodes } from '../../core/exit-codes.ts';
import { isLoopback } from '../../core/loopback.ts';
import { UserError } from '../../core/user-error.ts';
import { codeOf, faultOfAnswer, faultOfConnection } from './faults.ts';
import { connectFirst, type FirstConnection } from './first-connection.ts';
import { type Outlet, plainOutlet, type RequestSettings, secureOutlet } from './outlet.ts';

export interface WireOptions {
  /** `https://host[:port][/path]`, or `http://` on loopback. */
  readonly url: string;
  /** PEM of the only authorities to trust; the system's when left out. */
  readonly ca?: string;
  readonly token: () => Promise<string>;
  /** For the gateway's log; `hoopx/0.1.0`. */
  readonly userAgent?: string;
}

export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly anonymous?: boolean;
  /** How long the answer may take; 20 s unless it says otherwise. */
  readonly patienceMs?: number;
}

/** The three ways of talking to the gateway; all throw `UserError`. */
export interface Wire {
  readonly url: string;
  /** The parsed answer; null for 204. */
  request(ask: Ask): Promise<unknown>;
  stream(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  upgrade(path: string, protocol: string, signal?: AbortSignal): Promise<Duplex>;
}

interface Sending {
  readonly body: string | undefined;
  readonly patienceMs: number;
  /** It does no harm to send it twice. */
  readonly repeatable: boolean;
  /** What it leaves on, where it is the first of all. */
  readonly first: FirstConnection | null;
}

const answerTimeoutMs = 20_000;
const answerLimit = 64 * 1024 * 1024;
const keepAliveMs = 20_000;

export function createWire(options: WireOptions): Wire {
  const url = checkedUrl(options.url);
  const base = url.origin + url.pathname.replace(/\/+$/, '');
  const secure = url.protocol === 'https:';
  let loading: Promise<Outlet> | null = null;
  let dialled = false;

  function load(): Promise<Outlet> {
    loading ??= (secure ? secureOutlet(options.ca) : plainOutlet()).catch((error: unknown) => {
      throw faultOfConnection(base, error);
    });
    // The token may be waited for, and may fail, before this is.
    loading.catch(() => {});
    return loading;
  }

  async function headersFor(ask: Ask): Promise<OutgoingHttpHeaders> {
    const headers: OutgoingHttpHeaders = {
      accept: 'application/json',
      'user-agent': options.userAgent ?? 'hoopx',
    };
    if (ask.anonymous !== true) headers.authorization = `Bearer ${await options.token()}`;
    if (ask.body !== undefined) headers['content-type'] = 'application/json';
    return headers;
  }

  /** The first of all dials before anything else is done, so that what follows is done meanwhile. */
  async function send(ask: Ask, signal?: AbortSignal): Promise<IncomingMessage> {
    const isFirst = secure && !dialled && loading === null && signal === undefined;
    dialled ||= isFirst;
    const first = isFirst ? connectFirst(url, answerTimeoutMs) : null;
    try {
      await first?.begun;
      const outlet = load();
      const headers = await headersFor(ask);
      const repeatable = ask.method === 'GET';
      const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
      if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
      const { shared, single } = await outlet;
      const settings: RequestSettings = {
        method: ask.method,
        headers,
        agent: repeatable && signal === undefined ? shared : single,
        ...(signal === undefined ? {} : { signal }),
      };
      return await answerTo(ask.path, settings, {
        ...{ body, repeatable, first, patienceMs: ask.patienceMs ?? answerTimeoutMs },
      });
    } finally {
      first?.discard();
    }
  }

  async function answerTo(
    path: string,
    settings: RequestSettings,
    sending: Sending,
  ): Promise<IncomingMessage> {
    const { request } = await load();
    const target = new URL(base + path);
    for (let attempt = 0; ; attempt += 1) {
      let sent: ClientRequest | null = null;
      try {
        const socket = attempt === 0 ? await sending.first?.established() : undefined;
        sent = request(target, { ...settings, ...(socket === undefined ? {} : { socket }) });
        return await answerOf(sent, sending);
      } catch (error) {
        const stale =
          sending.repeatable && sent?.reusedSocket === true && codeOf(error) === 'ECONNRESET';
        if (!stale || attempt > 0) throw faultOfConnection(base, error);
      }
    }
  }

  async function request(ask: Ask): Promise<unknown> {
    const answer = await send(ask);
    const body = await bodyOf(answer, base);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) throw faultOfAnswer(status, body);
    return body;
  }

  async function stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await send({ method: 'GET', path }, signal);
    const status = answer.statusCode ?? 0;
    if (status !== 200) throw faultOfAnswer(status, await bodyOf(answer, base));
    return answer;
  }

  async function upgrade(path: string, protocol: string, signal?: AbortSignal): Promise<Duplex> {
    const headers = await headersFor({ method: 'GET', path });
    const { request, single } = await load();
    const sent = request(new URL(base + path), {
      method: 'GET',
      headers: { ...headers, connection: 'Upgrade', upgrade: protocol },
      agent: single,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      return await upgradedBy(sent, base);
    } catch (error) {
      throw faultOfConnection(base, error);
    }
  }

  return { url: base, request, stream, upgrade };
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UserError(`not a gateway address: ${text}`, {
      code: 'GATEWAY_ADDRESS',
      exitCode: exitCodes.usage,
      hint: 'It looks like https://hoopx.example.com.',
    });
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new UserError(`${url.origin} would carry your login in the clear`, {
      code: 'GATEWAY_ADDRESS',
      exitCode: exitCodes.usage,
      hint: 'Use https; plain http is for gateways on this machine.',
    });
  }
  return url;
}

/** Gives a request up that nobody answers; to be called back once somebody has. */
function limitTime(request: ClientRequest, patienceMs = answerTimeoutMs): () => void {
  const late = () => request.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
  const timer = setTimeout(late, patienceMs);
  const inTime = () => clearTimeout(timer);
  request.once('close', inTime);
  return inTime;
}

function answerOf(request: ClientRequest, { body, patienceMs }: Sending): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const inTime = limitTime(request, patienceMs);
    request.once('error', reject);
    request.once('response', (answer) => {
      inTime();
      resolve(answer);
    });
    request.end(body);
  });
}

function upgradedBy(request: ClientRequest, origin: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const inTime = limitTime(request);
    request.once('error', reject);
    request.once('response', (answer) => {
      const status = answer.statusCode ?? 0;
      bodyOf(answer, origin).then((body) => reject(faultOfAnswer(status, body)), reject);
    });
    request.once('upgrade', (_answer, socket, head) => {
      inTime();
      if (head.length > 0) socket.unshift(head);
      if (socket instanceof Socket) {
        socket.setNoDelay(true);
        socket.setKeepAlive(true, keepAliveMs);
      }
      resolve(socket);
    });
    request.end();
  });
}

async function bodyOf(answer: IncomingMessage, origin: string): Promise<unknown> {
  const late = setTimeout(() => answer.destroy(new Error('late')), answerTimeoutMs);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      size += chunk.length;
      if (size > answerLimit) throw new Error('the answer is too large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw faultOfConnection(origin, error);
  } finally {
    clearTimeout(late);
  }
  return parsed(Buffer.concat(chunks).toString('utf8'));
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
