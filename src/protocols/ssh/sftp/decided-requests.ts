import { neverSent } from './awaited-replies.ts';
import type { ClearedFile, FileAction, FileClearance } from './file-action.ts';
import { type FileOperation, pathsOf, toFileAction } from './file-operation.ts';
import type { PathResolver, ResolvedPlace } from './path-resolver.ts';
import type { AwaitedReply, UpstreamRequests } from './upstream-requests.ts';

/** A decided operation, ready to leave. */
export interface Decided {
  readonly operation: FileOperation;
  readonly places: readonly ResolvedPlace[];
  readonly raw: Buffer;
  awaited(clearance: ClearedFile): AwaitedReply;
}

export interface DecisionParts {
  readonly decide: (action: FileAction) => Promise<FileClearance>;
  readonly requests: UpstreamRequests;
  readonly resolver: PathResolver;
  /** Aborted when the client is gone or the relay stopped: nothing is decided or sent then. */
  readonly left: AbortSignal;
  readonly maxResolvedAgeMs: number;
}

/** Asks for a decision and sends the request; returns why not, if not. */
export async function decideAndSend(
  parts: DecisionParts,
  decided: Decided,
): Promise<string | null> {
  const { operation, places, raw } = decided;
  const asked = performance.now();
  const clearance = await verdict(parts, toFileAction(operation, places));
  if (clearance.kind === 'refused') return clearance.message;
  try {
    parts.left.throwIfAborted();
    const age = performance.now() - asked;
    if (age > parts.maxResolvedAgeMs && !(await leadsThereStill(parts.resolver, decided))) {
      await clearance.settle('failed', movedMeanwhile);
      return movedMeanwhile;
    }
  } catch (error) {
    await clearance.settle('failed', neverSent);
    throw error;
  }
  await parts.requests.send(raw, decided.awaited(clearance));
  return null;
}

const movedMeanwhile = 'what the path leads to has changed since it was decided';

/** Rejects as soon as the client is gone; a clearance that comes later is given back unused. */
async function verdict(parts: DecisionParts, action: FileAction): Promise<FileClearance> {
  parts.left.throwIfAborted();
  const deciding = parts.decide(action);
  try {
    return await unlessAborted(deciding, parts.left);
  } catch (error) {
    deciding
      .then((late) => (late.kind === 'cleared' ? late.settle('failed', neverSent) : undefined))
      // Whoever decides has been told by then that the relay is over.
      .catch(() => {});
    throw error;
  }
}

function unlessAborted<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

async function leadsThereStill(resolver: PathResolver, decided: Decided): Promise<boolean> {
  // An open file stays what it is, whatever its path leads to by now.
  if (decided.operation.places.length === 0) return true;
  const now = pathsOf(await resolver.resolve(decided.operation.places));
  const before = new Set(pathsOf(decided.places));
  return now.every((path) => before.has(path)) && now.length === before.size;
}
