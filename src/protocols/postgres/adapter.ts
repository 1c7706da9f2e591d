import type { Duplex } from 'node:stream';
import { principalKey } from '../../core/principal.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { CertificateSource } from '../../net/ephemeral-certificate.ts';
import { writeAll } from '../../net/write-all.ts';
import type { Door, ProtocolAdapter, SessionGrant } from '../adapter.ts';
import { CancelKeys } from './cancel-keys.ts';
import { errorResponseFor } from './faults.ts';
import { CatalogSources } from './masking/catalog-source.ts';
import { SessionMasking } from './masking/session-masking.ts';
import { startupDecidable } from './operations.ts';
import { PostgresSession, type SessionLimits } from './session.ts';
import type { SqlParser } from './sql/parser.ts';
import { negotiateStartup } from './startup.ts';
import { type StartupAsks, vetStartup } from './startup-parameters.ts';
import type { PostgresTarget } from './target.ts';
import { cancelUpstream, connectUpstream, type UpstreamConnection } from './upstream.ts';
import { encodeAuthenticationOk } from './wire/backend/authentication.ts';
import { encodeBackendKeyData } from './wire/backend/backend-key-data.ts';
import { encodeParameterStatus } from './wire/backend/parameter-status.ts';
import { encodeReadyForQuery } from './wire/backend/ready-for-query.ts';
import type { CancelKey } from './wire/cancel-key.ts';

export interface PostgresAdapterOptions {
  readonly parser: SqlParser;
  /** For clients that insist on TLS inside the tunnel. */
  readonly certificate: CertificateSource;
  readonly limits?: Partial<SessionLimits>;
}

const mebibyte = 1024 * 1024;

const defaultLimits: SessionLimits = {
  maxMessageBytes: 64 * mebibyte,
  maxSegmentBytes: 64 * mebibyte,
  maxReplyBytes: 4 * mebibyte,
  maxNames: 2_000,
  windDownMs: 5_000,
};
const startupTimeLimitMs = 30_000;

/** PostgreSQL behind the gate. */
export function createPostgresAdapter(
  options: PostgresAdapterOptions,
): ProtocolAdapter<PostgresTarget> {
  const keys = new CancelKeys();
  const catalogs = new CatalogSources(options.parser);
  const limits = { ...defaultLimits, ...options.limits };

  async function serve(client: Duplex, door: Door<PostgresTarget>): Promise<void> {
    const outcome = await negotiateStartup(client, {
      certificate: options.certificate,
      timeLimitMs: startupTimeLimitMs,
      signal: new AbortController().signal,
    });
    switch (outcome.kind) {
      case 'cancel':
        keys.cancel(outcome.key, principalKey(door.principal));
        break;
      case 'refused':
        await farewell(outcome.stream, outcome.refusal);
        break;
      case 'startup':
        await open(outcome.stream, outcome.parameters, door);
        break;
      case 'gone':
        break;
      default:
        outcome satisfies never;
    }
    outcome.stream.end();
  }

  async function open(
    stream: Duplex,
    parameters: ReadonlyMap<string, string>,
    door: Door<PostgresTarget>,
  ): Promise<void> {
    const admission = await door.admit({ client: parameters.get('application_name') ?? '' });
    if (admission.kind === 'refused') return farewell(stream, admission.refusal);
    const { grant } = admission;
    try {
      await serveSession(stream, parameters, grant);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      await farewell(stream, error.refusal);
    } finally {
      grant.ended();
    }
  }

  /** Throws RefusedError for whatever keeps the session from starting. */
  async function serveSession(
    client: Duplex,
    sent: ReadonlyMap<string, string>,
    grant: SessionGrant<PostgresTarget>,
  ): Promise<void> {
    const vetting = vetStartup(sent, grant.target);
    if (vetting.kind === 'refused') throw new RefusedError(vetting.refusal);
    const { database } = vetting;
    const asked = allowedAsks(vetting.asks, grant);
    const startup = new Map([...vetting.parameters, ...asked]);
    const upstream = await connectUpstream(grant.target, {
      database,
      parameters: startup,
      signal: grant.signal,
    });
    const masking = maskingOf(grant, database);
    await masking?.ready();
    const session = new PostgresSession({
      client,
      upstream,
      grant,
      parser: options.parser,
      masking,
      database,
      startup: meaningful(startup),
      limits,
      cancelAtServer: oneAtATime(() => {
        return cancelUpstream(grant.target, upstream, AbortSignal.timeout(limits.windDownMs));
      }),
    });
    const { key, release } = keys.register({
      principalKey: principalKey(grant.principal),
      cancel: () => session.cancel(),
    });
    try {
      await writeAll(client, welcome(upstream, key));
      await session.run();
    } finally {
      release();
      upstream.stream.destroy();
    }
  }

  /** Null where nothing is to be masked, so that it costs nothing. */
  function maskingOf(grant: SessionGrant<PostgresTarget>, database: string): SessionMasking | null {
    const { masking, target, connection } = grant;
    if (masking === null) return null;
    const key = JSON.stringify([connection.name, connection.revision, database]);
    const source = masking.columns === null ? null : catalogs.of(key, { target, database });
    return new SessionMasking({ masking, source, parser: options.parser });
  }

  return { serve };
}

/** Ctrl-C held down must not become a flood of connections. */
function oneAtATime(work: () => Promise<void>): () => void {
  let underWay = false;
  return () => {
    if (underWay) return;
    underWay = true;
    // A cancel that cannot be delivered has no one to be told to: the statement just goes on.
    work()
      .catch(() => {})
      .finally(() => {
        underWay = false;
      });
  };
}

/** `options` and `replication` need a rule that lets them pass; nothing can be held this early. */
function allowedAsks(
  asks: StartupAsks,
  grant: SessionGrant<PostgresTarget>,
): readonly (readonly [string, string])[] {
  const allowed: (readonly [string, string])[] = [];
  for (const parameter of ['options', 'replication'] as const) {
    const value = asks[parameter];
    if (value === undefined) continue;
    if (parameter === 'replication' && grant.masking !== null) throw unmaskable();
    const verdict = grant.gate.foresee(startupDecidable(parameter, value));
    if (verdict.kind !== 'allow') throw new RefusedError(startupRefusal(parameter, verdict.rules));
    allowed.push([parameter, value]);
  }
  return allowed;
}

function unmaskable(): RefusedError {
  const message = 'replication shows whole tables, and this session masks what it shows';
  return new RefusedError({ code: 'UNMASKABLE', message });
}

function startupRefusal(parameter: keyof StartupAsks, rules: readonly string[]): Refusal {
  // An allow rule has to name that class beside it.
  const ofClass = parameter === 'replication' ? ' of the class unknown' : '';
  return {
    code: 'DENIED_BY_RULE',
    message: `the startup parameter "${parameter}" needs a rule that allows it`,
    hint: `Leave it out, or have a rule allow the statement startup_${parameter}${ofClass}.`,
    rules,
  };
}

/** What of the startup parameters could change what a statement means. */
function meaningful(startup: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...startup].filter(([name]) => name !== 'application_name'));
}

function welcome(upstream: UpstreamConnection, key: CancelKey): Buffer {
  return Buffer.concat([
    encodeAuthenticationOk(),
    ...[...upstream.parameterStatus].map(([name, value]) => encodeParameterStatus(name, value)),
    encodeBackendKeyData(key),
    ...upstream.notices,
    encodeReadyForQuery('idle'),
  ]);
}

/** Tells why, in the client's protocol; the caller ends the stream. */
async function farewell(stream: Duplex, refusal: Refusal): Promise<void> {
  await writeAll(stream, errorResponseFor(refusal, 'FATAL')).catch(() => {});
}
