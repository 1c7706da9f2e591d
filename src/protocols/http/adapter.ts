import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Facts } from '../../core/facts.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import type { Admission, Door, ProtocolAdapter, SessionGrant } from '../adapter.ts';
import { answer } from './answering.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { HttpDialect, RefusingWords } from './dialect.ts';
import { serveHttp1 } from './http1-connection.ts';
import { serveHttp2 } from './http2-connection.ts';
import { defaultLimits, type HttpLimits } from './limits.ts';
import { type OpenHttpSession, openHttpSession } from './open-session.ts';
import { HttpSession, IdleTimer } from './session.ts';
import { speaksHttp2 } from './speaks-http2.ts';
import type { HttpTarget } from './target.ts';
import { createUpstream, type Upstream } from './upstream.ts';
import { onlyValueOf } from './wire/header-list.ts';

export interface HttpAdapterOptions<OfOne extends Facts, Target extends HttpTarget> {
  readonly dialect: (grant: SessionGrant<Target>) => HttpDialect<OfOne>;
  readonly words: RefusingWords;
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpAdapter<Target extends HttpTarget = HttpTarget>
  extends ProtocolAdapter<Target> {
  /** A session whose requests come one by one, over whichever connections. */
  open(grant: SessionGrant<Target>): OpenHttpSession;
}

/** HTTP behind the gate: every request of a client stream is decided by itself. */
export function createHttpAdapter<OfOne extends Facts, Target extends HttpTarget>(
  options: HttpAdapterOptions<OfOne, Target>,
): HttpAdapter<Target> {
  const { words } = options;
  const limits = { ...defaultLimits, ...options.limits };

  async function serve(client: Duplex, door: Door<Target>): Promise<void> {
    absorbErrors(client);
    const over = new AbortController();
    // Each request that is under way listens for the end.
    setMaxListeners(0, over.signal);
    const idle = new IdleTimer(client, limits.idleMs);
    let entering: Promise<Entered<OfOne, Target>> | null = null;
    let bug: unknown;

    /** The first request is what the client arrives with; all others come to the same session. */
    function enter(exchange: ClientExchange): Promise<Entered<OfOne, Target>> {
      entering ??= admit(door, exchange).then((admission) => {
        if (admission.kind === 'refused') return admission;
        return open(admission.grant);
      });
      return entering;
    }

    function open(grant: SessionGrant<Target>): Entered<OfOne, Target> {
      const upstream = createUpstream(grant.target, limits.maxHeaderBytes);
      const dialect = options.dialect(grant);
      onAbort(grant.signal, () => {
        over.abort(grant.signal.reason);
        connection.drain();
        hangUpSoon(client);
      });
      onAbort(grant.draining, () => connection.drain());
      const context = { grant, dialect, upstream, limits, over: over.signal };
      return { kind: 'open', session: new HttpSession(context), grant, upstream };
    }

    async function handle(exchange: ClientExchange): Promise<void> {
      const entered = await enter(exchange);
      if (entered.kind === 'open') return entered.session.answer(exchange);
      exchange.closeAfter();
      answer(exchange, words.refused(entered.refusal));
    }

    const parts = {
      limits,
      handle: (exchange: ClientExchange) => idle.during(handle(exchange)),
      notTaken: words.notTaken,
      failed: (error: unknown) => {
        bug ??= error;
        client.destroy();
      },
    };
    const newer = await speaksHttp2(client);
    if (newer === null) return;
    const closed = closeOf(client);
    const connection = newer ? serveHttp2(client, parts) : serveHttp1(client, parts);
    await closed;
    await connection.done();
    await leave(entering);
    if (bug !== undefined) throw bug;
  }

  return { serve, open: (grant) => openHttpSession(grant, options.dialect(grant), limits) };
}

type Entered<OfOne extends Facts, Target> =
  | Extract<Admission<Target>, { kind: 'refused' }>
  | {
      readonly kind: 'open';
      readonly session: HttpSession<OfOne>;
      readonly grant: SessionGrant<Target>;
      readonly upstream: Upstream;
    };

function admit<Target>(door: Door<Target>, { headers }: ClientExchange) {
  return door.admit({ client: onlyValueOf(headers, 'user-agent') ?? '' });
}

async function leave<OfOne extends Facts, Target>(
  entering: Promise<Entered<OfOne, Target>> | null,
) {
  const entered = await entering;
  if (entered?.kind !== 'open') return;
  entered.upstream.close();
  entered.grant.ended();
}

/** What waits is told why within that time; what is in the middle of an answer breaks off. */
const farewellMs = 1000;

function hangUpSoon(client: Duplex): void {
  client.once('close', () => clearTimeout(timer));
  const timer = setTimeout(() => client.destroy(), farewellMs);
}

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

function closeOf(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.once('close', resolve);
  });
}
