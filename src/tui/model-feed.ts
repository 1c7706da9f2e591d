import { stateWords } from '../control/client/request-words.ts';
import type { RequestStreamEvent, RequestView } from '../control/contract.ts';
import type { RequestState } from '../core/request.ts';
import { listed } from './geometry.ts';
import type { Card, Effect, State, Turn } from './state.ts';
import { turn } from './state.ts';
import { toneOfState } from './state-tones.ts';

const rememberedSettled = 1000;

const moving: ReadonlySet<RequestState> = new Set([
  'pending',
  'approved',
  'fallback_approved',
  'running',
]);

export function afterFeed(state: State, event: RequestStreamEvent, at: number): Turn {
  if (event.type === 'request') return turn(withRequest(state, event.request, at));
  const pending = new Set(event.pending);
  const kept = state.requests.filter(({ id }) => pending.has(id));
  const next = withList({ ...state, synced: true }, kept, at);
  return turn(next, ...looksFor(next, pending));
}

/** What the card and the log still show as moving, and the gateway no longer has pending. */
function looksFor({ card, log }: State, pending: ReadonlySet<string>): readonly Effect[] {
  const shown = [...(card === null ? [] : [card.request]), ...log.map(({ request }) => request)];
  const stale = shown.filter(({ id, state }) => moving.has(state) && !pending.has(id));
  return [...new Set(stale.map(({ id }) => id))].map((id) => ({ kind: 'look', id }));
}

/** Takes in one request's news; older versions than what is known change nothing. */
export function withRequest(state: State, request: RequestView, at: number): State {
  const { id, version } = request;
  const newest = {
    ...state,
    card: withNews(state.card, request, at),
    log: state.log.map((entry) =>
      entry.request.id === id && entry.request.version <= version ? { ...entry, request } : entry,
    ),
  };
  if (version < (state.settled.get(id) ?? -1)) return newest;
  const known = state.requests.find((each) => each.id === id);
  if (known !== undefined && known.version > version) return newest;
  const others = state.requests.filter((each) => each.id !== id);
  if (request.state === 'pending') return withList(newest, inserted(others, request), at);
  const settled = remembered(state.settled, id, version);
  return withList({ ...newest, settled }, known === undefined ? state.requests : others, at);
}

function withNews(card: Card | null, request: RequestView, at: number): Card | null {
  if (card === null || card.request.id !== request.id) return card;
  if (request.version < card.request.version) return card;
  if (request.digest !== card.request.digest) return contradicted(card);
  const next = { ...card, request };
  if (card.step.kind === 'sending') return next;
  if (request.state !== 'pending') return settledCard(next);
  if (card.step.kind !== 'confirming') return next;
  // The question has changed under the reviewer's finger: it is asked anew.
  return { ...next, step: { kind: 'confirming', since: at, drawn: false } };
}

function settledCard(card: Card): Card {
  const { request } = card;
  const notice = {
    text: `This request has ended here: ${stateWords(request)}.`,
    tone: toneOfState[request.state],
  };
  return { ...card, step: { kind: 'reading' }, notice };
}

/** One id, two digests: never decided from here. */
function contradicted(card: Card): Card {
  return {
    ...card,
    request: { ...card.request, mayDecide: false, mayNotDecideBecause: contradiction },
    step: { kind: 'reading' },
    notice: { text: `${contradiction}. Close it and open it again.`, tone: 'bad' },
  };
}

const contradiction = 'the gateway now gives another digest for this request';

/** A new list; the cursor stays on its request, or notes that it had to move. */
export function withList(state: State, requests: State['requests'], at: number): State {
  const before = listed(state);
  const next = { ...state, requests };
  const after = listed(next);
  if (after.some(({ id }) => id === state.cursor)) return next;
  const index = before.findIndex(({ id }) => id === state.cursor);
  const neighbour = after[Math.min(Math.max(0, index), after.length - 1)];
  const movedAt = state.cursor === null ? state.movedAt : at;
  return { ...next, cursor: neighbour?.id ?? null, movedAt };
}

function inserted(requests: State['requests'], request: RequestView): State['requests'] {
  const key = (each: RequestView): string => `${each.createdAt} ${each.id}`;
  const at = requests.findIndex((each) => key(each) > key(request));
  return at === -1 ? [...requests, request] : requests.toSpliced(at, 0, request);
}

function remembered(settled: State['settled'], id: string, version: number): State['settled'] {
  const next = new Map(settled).set(id, version);
  for (const oldest of next.keys()) {
    if (next.size <= rememberedSettled) break;
    next.delete(oldest);
  }
  return next;
}
