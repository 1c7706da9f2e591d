import { readFile } from 'node:fs/promises';
import { stateWords } from '../control/client/request-words.ts';
import { type ControlClient, createControlClient } from '../control/client.ts';
import type { RequestView } from '../control/contract.ts';
import type { RequestState } from '../core/request.ts';
import { safeLine } from '../core/safe-text.ts';
import { signInAtDemo } from '../identity/demo-sign-in.ts';
import { deviceLogin } from '../identity/device-login.ts';
import type { IssuedTokens } from '../identity/issued-tokens.ts';
import type { Demo } from './start-demo.ts';

/** A reviewer sees every request but those that only its requester may see. */
const watcher = 'reviewer2';
const renewBeforeMs = 60_000;

/** Tells in one line each what is held and what becomes of it, until aborted. */
export async function followRequests(
  demo: Demo,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = await watchingClient(demo, signal);
  const told = new Map<string, RequestState>();
  for await (const event of client.requestEvents({ signal })) {
    if (event.type === 'synced') continue;
    const { request } = event;
    if (told.get(request.id) === request.state) continue;
    told.set(request.id, request.state);
    const line = lineOf(request);
    if (line !== null) tell(line);
  }
}

async function watchingClient(demo: Demo, signal: AbortSignal): Promise<ControlClient> {
  let tokens: IssuedTokens | null = null;
  return createControlClient({
    url: demo.gateway,
    ca: await readFile(demo.folder.ca, 'utf8'),
    token: async () => {
      if (tokens === null || tokens.expiresAt - renewBeforeMs < Date.now()) {
        tokens = await deviceLogin(demo.provider.identity, {
          show: ({ verificationUriComplete, verificationUri }) =>
            signInAtDemo(verificationUriComplete ?? verificationUri, watcher),
          signal,
          clock: Date.now,
        });
      }
      return tokens.bearer;
    },
  });
}

/** Null where the next state follows at once. */
function lineOf(request: RequestView): string | null {
  const { id, state, principal, summary, cancelledBy, outcome } = request;
  const who = safeLine(principal.name);
  const rows = outcome?.rowCount == null ? '' : `, ${rowWords(outcome.rowCount)}`;
  const why = outcome?.message == null ? '' : `: ${safeLine(outcome.message)}`;
  const words: Record<RequestState, string | null> = {
    pending: `held: ${who}: ${safeLine(summary)}`,
    approved: `approved by ${decidedBy(request)}`,
    fallback_approved: 'let through by its fallback',
    running: null,
    succeeded: `ran${rows}`,
    failed: `failed${why}`,
    denied: `denied by ${decidedBy(request)}`,
    changes_requested: `changes requested by ${decidedBy(request)}`,
    expired: stateWords(request),
    cancelled: `cancelled by ${safeLine(cancelledBy ?? 'its requester')}`,
    revoked: `approval revoked by ${safeLine(cancelledBy ?? 'a reviewer')}`,
    unknown: `its outcome is unknown${why}`,
  };
  const word = words[state];
  return word === null ? null : `${id} ${word}`;
}

function decidedBy({ decisions }: RequestView): string {
  const last = decisions.at(-1);
  return last === undefined ? 'nobody' : safeLine(last.by.name);
}

function rowWords(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}
