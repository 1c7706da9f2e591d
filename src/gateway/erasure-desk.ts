import type { ErasureView } from '../control/contract/erasures.ts';
import type { Erasures } from '../control/server/ports.ts';
import { auditPrincipal } from '../core/audit-seal.ts';
import type { ContentErasure, RequestTrace } from '../core/content-erasure.ts';
import { principalKey } from '../core/principal.ts';
import type { RecordingEntry, Recordings } from '../recording/recordings.ts';
import type { GatewayLog } from './log.ts';

export interface ErasureDeskOptions {
  readonly store: ContentErasure;
  readonly recordings: Pick<Recordings, 'find' | 'list' | 'remove'>;
  readonly log: GatewayLog;
}

const shownRecorded = 200;

/** Erases content; whoever asks has been found to be an operator. */
export function createErasureDesk({ store, recordings, log }: ErasureDeskOptions): Erasures {
  async function remove(session: string): Promise<boolean> {
    try {
      await recordings.remove(session);
      return true;
    } catch (error) {
      log.error({ err: error, session }, 'a recording could not be erased');
      return false;
    }
  }

  async function purge(): Promise<boolean> {
    try {
      await store.purge();
      return true;
    } catch (error) {
      log.error({ err: error }, "erased content may lie in free space of the store's files");
      return false;
    }
  }

  return {
    async erase(principal, ask) {
      const sessions = ask.kind === 'named' ? [...new Set(ask.sessions)] : [];
      for (const id of sessions) {
        const entry = recordings.find(id);
        if (entry === null) return { kind: 'refused', id, because: 'unknown' };
        if (entry.live) return { kind: 'refused', id, because: 'open' };
      }
      const erasure = await store.erase(ask, auditPrincipal(principal));
      if (erasure.kind === 'refused') return erasure;
      const removed: string[] = [];
      const failed: string[] = [];
      for (const id of sessions) ((await remove(id)) ? removed : failed).push(id);
      const view: ErasureView = {
        requests: erasure.requests.length,
        ...{ removed, failed },
        recorded: recordings
          .list()
          .filter(maySay(erasure.traces))
          .map(({ meta }) => meta.id)
          .slice(0, shownRecorded),
        purged: await purge(),
      };
      const { requests } = view;
      log.warn({ requests, removed, failed, by: principal.name }, 'content was erased');
      return view;
    },
  };
}

/**
 * Sessions in which one of them was held; and where it could be claimed, all that its requester had
 * there until it ended, since each of them may have joined or run it.
 */
function maySay(traces: readonly RequestTrace[]): (entry: RecordingEntry) => boolean {
  const sessions = new Set(traces.map(({ sessionId }) => sessionId));
  const claimable = new Map<string, RequestTrace[]>();
  for (const trace of traces.filter(({ mode }) => mode === 'claimable')) {
    const place = placeOf(trace.principal, trace.connection.name);
    const others = claimable.get(place);
    if (others === undefined) claimable.set(place, [trace]);
    else others.push(trace);
  }
  return ({ meta }) =>
    sessions.has(meta.id) ||
    (claimable.get(placeOf(meta.principal, meta.connection)) ?? []).some(
      ({ createdAt, endedAt }) =>
        meta.startedAt <= (endedAt ?? createdAt) && (meta.endedAt ?? createdAt) >= createdAt,
    );
}

function placeOf(principal: Parameters<typeof principalKey>[0], connection: string): string {
  return `${principalKey(principal)} ${connection}`;
}
