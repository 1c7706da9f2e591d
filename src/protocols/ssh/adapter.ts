import type { Duplex } from 'node:stream';
import { RefusedError } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import type { Door, ProtocolAdapter, SessionGrant } from '../adapter.ts';
import { greetClient, type WaitingClient } from './client-login.ts';
import { commandClientName } from './command-client-name.ts';
import type { SshHostKey } from './host-key.ts';
import { defaultLimits, type SshLimits } from './limits.ts';
import { SshSession } from './session.ts';
import type { SshTarget } from './target.ts';
import { connectUpstream } from './upstream.ts';

export interface SshAdapterOptions {
  readonly hostKey: SshHostKey;
  readonly limits?: Partial<SshLimits>;
}

/** A user name that stands for the connection's own. */
const anyUser = ['', 'hoopx'];

/** SSH behind the gate. */
export function createSshAdapter(options: SshAdapterOptions): ProtocolAdapter<SshTarget> {
  const { hostKey } = options;
  const limits = { ...defaultLimits, ...options.limits };

  async function serve(stream: Duplex, door: Door<SshTarget>): Promise<void> {
    const client = await greetClient(absorbErrors(stream), hostKey, limits);
    if (client !== null) await open(client, door);
    stream.destroy();
  }

  async function open(client: WaitingClient, door: Door<SshTarget>): Promise<void> {
    const admission = await door.admit({ client: client.software });
    if (admission.kind === 'refused') {
      await client.refuse(admission.refusal);
      return;
    }
    const { grant } = admission;
    try {
      await serveSession(client, grant);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      await client.refuse(error.refusal);
    } finally {
      grant.ended();
    }
  }

  /** Throws RefusedError for whatever keeps the session from starting. */
  async function serveSession(
    client: WaitingClient,
    grant: SessionGrant<SshTarget>,
  ): Promise<void> {
    const { connection } = client;
    const user = userFor(client.user, grant.target);
    const signal = AbortSignal.any([grant.signal, connection.closed]);
    const upstream = await connectUpstream(grant.target, { user, limits, signal }).catch(
      (error: unknown) => {
        if (!connection.closed.aborted) throw error;
        return null;
      },
    );
    if (upstream === null) return;
    const quiet = client.software === commandClientName;
    const session = new SshSession({ client: connection, upstream, grant, limits, quiet });
    const served = session.run();
    client.accept();
    await served;
  }

  return { serve };
}

function userFor(asked: string, { user, users }: SshTarget): string {
  if (anyUser.includes(asked) || asked === user) return user;
  if (users.includes(asked)) return asked;
  throw new RefusedError({
    code: 'ACCESS_DENIED',
    message: `this connection does not log in as "${asked}"`,
    hint: `It logs in as ${[user, ...users].join(', ')}: ssh -l NAME.`,
  });
}
