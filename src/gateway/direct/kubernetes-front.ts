import type { Duplex } from 'node:stream';
import { kubernetesPlace, kubernetesRoot } from '../../control/contract/kubernetes-address.ts';
import type { Authentication, Caller } from '../../control/server/ports.ts';
import type { RateLimiter } from '../../control/server/rate-limit.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { answer } from '../../protocols/http/answering.ts';
import type { ClientExchange } from '../../protocols/http/client-exchange.ts';
import type { Answer } from '../../protocols/http/faults.ts';
import { serveHttp1 } from '../../protocols/http/http1-connection.ts';
import { defaultLimits } from '../../protocols/http/limits.ts';
import { IdleTimer } from '../../protocols/http/session.ts';
import { foldedName, type HeaderList, onlyValueOf } from '../../protocols/http/wire/header-list.ts';
import { RequestError } from '../../protocols/http/wire/request-error.ts';
import { kubernetesWords } from '../../protocols/kubernetes/dialect.ts';

import { admissible, type Footing } from '../footing.ts';
import type { TokenSessions } from './token-sessions.ts';

export interface KubernetesFrontOptions {
  readonly footing: () => Footing;
  readonly authentication: Pick<Authentication, 'authenticate'>;
  readonly sessions: TokenSessions;
  /** Tokens that were not accepted, by address. */
  readonly failures: RateLimiter;
  /** For the head of a connection's first request: nobody knows yet who sends it. */
  readonly patienceMs: number;
  readonly onDefect: (error: unknown, where: string) => void;
}

/** Kubernetes clients that come to the gateway itself, with a token in each request. */
export interface KubernetesFront {
  readonly root: string;
  /** Serves one connection whose first request is for something below `root`, over TLS. */
  serve(stream: Duplex, address: string): void;
}

/** Connections on which nobody asks for anything are closed; clients open new ones. */
const idleMs = 90_000;

const tooManyFailures: Refusal = {
  code: 'LIMIT_EXCEEDED',
  message: 'too many tokens that were not accepted came from your address',
};

const noToken: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'a token of the gateway is needed: hoopx kube config writes what brings it',
};

export function createKubernetesFront(options: KubernetesFrontOptions): KubernetesFront {
  const { footing, authentication, sessions, failures } = options;

  async function handle(exchange: ClientExchange, address: string): Promise<void> {
    try {
      const place = kubernetesPlace(exchange.rawTarget);
      if (place === null) throw new RequestError('MISDIRECTED', 'it names no connection');
      const caller = await callerOf(exchange.headers, address);
      checkCluster(footing(), place.connection, caller);
      if (exchange.gone.aborted) return;
      await sessions.answer(insideOf(exchange, place.target), caller, place.connection);
    } catch (error) {
      exchange.closeAfter();
      answer(exchange, refusalOf(error));
    }
  }

  async function callerOf(headers: HeaderList, address: string): Promise<Caller> {
    if (!failures.allows(address)) throw new RefusedError(tooManyFailures);
    try {
      const shown = onlyValueOf(headers, 'authorization') ?? '';
      const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(shown)?.[1];
      if (token === undefined) throw new RefusedError(noToken);
      return await authentication.authenticate(token);
    } catch (error) {
      failures.take(address);
      throw error;
    }
  }

  return {
    root: kubernetesRoot,
    serve(stream, address) {
      absorbErrors(stream);
      const late = setTimeout(() => stream.destroy(), options.patienceMs);
      stream.once('close', () => clearTimeout(late));
      const idle = new IdleTimer(stream, idleMs);
      serveHttp1(stream, {
        limits: defaultLimits,
        handle(exchange) {
          clearTimeout(late);
          return idle.during(handle(exchange, address));
        },
        notTaken: kubernetesWords.notTaken,
        failed(error) {
          stream.destroy();
          options.onDefect(error, 'a Kubernetes client');
        },
      });
    },
  };
}

/** Throws what is none of the client's doing. */
function refusalOf(error: unknown): Answer {
  if (error instanceof RequestError) return kubernetesWords.notTaken(error);
  if (!(error instanceof RefusedError)) throw error;
  const { status, headers, body } = kubernetesWords.refused(error.refusal);
  const challenge: HeaderList =
    status === 401 ? [['WWW-Authenticate', 'Bearer realm="hoopx"']] : [];
  return { status, headers: [...headers, ...challenge], body };
}

function checkCluster(footing: Footing, connection: string, { principal }: Caller): void {
  const { type } = admissible(footing, { connection, principal });
  if (type === 'kubernetes') return;
  throw new RefusedError({
    code: 'CONNECTION_UNKNOWN',
    message: `the connection ${connection} is of type ${type}, not a cluster`,
  });
}

/** Only the gateway's: Host is its own name, and the token is for nobody else. */
const outside: ReadonlySet<string> = new Set(['host', 'authorization']);

function insideOf(exchange: ClientExchange, target: string): ClientExchange {
  const headers = exchange.headers.filter(([name]) => !outside.has(foldedName(name)));
  return { ...exchange, rawTarget: target, headers };
}
