import { stateWords } from '../control/client/request-words.ts';
import { safeLine } from '../core/safe-text.ts';
import { exactRows } from './exact-text.ts';
import { documentOf, lastScroll } from './geometry.ts';
import type { Key } from './keys.ts';
import { cardKey } from './model-card.ts';
import { afterFeed, withRequest } from './model-feed.ts';
import { listKey } from './model-list.ts';
import { textColumns } from './size.ts';
import type { Card, Effect, Event, Sight, Size, State, Turn } from './state.ts';
import { turn } from './state.ts';
import { toneOfState } from './state-tones.ts';

const keptLog = 20;

export function initialState(start: {
  readonly size: Size;
  readonly now: number;
  readonly reviewer: string;
  readonly gateway: string;
}): State {
  return {
    ...start,
    link: { kind: 'connecting' },
    synced: false,
    requests: [],
    settled: new Map(),
    filter: '',
    filtering: false,
    cursor: null,
    movedAt: Number.NEGATIVE_INFINITY,
    card: null,
    help: false,
    log: [],
    done: null,
  };
}

/** What one event makes of the state, and what is to be done about it. Pure. */
export function reduce(before: State, event: Event): Turn {
  const state = before.now === event.at ? before : { ...before, now: event.at };
  switch (event.type) {
    case 'tick':
      return turn(state);
    case 'resized':
      return turn(resized(state, event.size));
    case 'connected':
      return turn({ ...state, link: { kind: 'live' } });
    case 'interrupted':
      return turn(interrupted(state, event.message, event.at));
    case 'feed':
      return afterFeed(state, event.event, event.at);
    case 'looked':
      return turn(withRequest(state, event.request, event.at));
    case 'decided':
      return turn(afterDecision(state, event));
    case 'undecided':
      return turn(afterFailure(state, event));
    case 'keys':
      return afterKeys(state, event.keys, event.at);
    case 'drawn':
      return turn(afterDrawing(state, event.sight));
    default:
      return event satisfies never;
  }
}

function interrupted(state: State, message: string, at: number): State {
  const since = state.link.kind === 'lost' ? state.link.since : at;
  return { ...state, link: { kind: 'lost', since, message } };
}

function resized(state: State, size: Size): State {
  const next = { ...state, size };
  const { card } = state;
  if (card === null) return next;
  const rows = exactRows(card.rows.exact, textColumns(size));
  const resizedCard = { ...card, rows };
  const last = lastScroll(next, documentOf(next, resizedCard));
  return { ...next, card: { ...resizedCard, scroll: Math.min(card.scroll, last) } };
}

function afterKeys(before: State, keys: readonly Key[], at: number): Turn {
  const alone = keys.length === 1;
  let state = before;
  const effects: Effect[] = [];
  for (const key of keys) {
    if (state.done !== null) break;
    const next = afterKey(state, key, at, alone);
    state = next.state;
    effects.push(...next.effects);
  }
  return turn(state, ...effects);
}

function afterKey(state: State, key: Key, at: number, alone: boolean): Turn {
  if (key.kind === 'named') {
    if (key.name === 'ctrl-c') return turn({ ...state, done: 'interrupted' });
    if (key.name === 'ctrl-z') return turn(state, { kind: 'suspend' });
    if (key.name === 'ctrl-l') return turn(state, { kind: 'repaint' });
  }
  if (state.help) return turn({ ...state, help: false });
  if (state.card !== null) return cardKey(state, state.card, key, at, alone);
  return listKey(state, key, at);
}

/** What was drawn counts as shown where it joins what was shown before. */
function afterDrawing(state: State, sight: Sight | null): State {
  const { card } = state;
  if (card === null) return state;
  const next = markedDrawn(card);
  const { id, digest } = card.request;
  const counts =
    sight !== null &&
    sight.id === id &&
    sight.digest === digest &&
    sight.from <= card.shownTo &&
    sight.to > card.shownTo;
  if (counts) return { ...state, card: { ...next, shownTo: sight.to } };
  return next === card ? state : { ...state, card: next };
}

function markedDrawn(card: Card): Card {
  const { step } = card;
  if (step.kind !== 'confirming' || step.drawn) return card;
  return { ...card, step: { ...step, drawn: true } };
}

function afterDecision(state: State, { request, at }: Extract<Event, { type: 'decided' }>): State {
  const next = withRequest(state, request, at);
  const earlier = state.log.filter((entry) => entry.request.id !== request.id);
  const log = [...earlier, { at, request }].slice(-keptLog);
  return { ...next, log, card: next.card?.request.id === request.id ? null : next.card };
}

/** It stays on the screen, with the gateway's answer: it may or may not have been counted. */
function afterFailure(
  state: State,
  { id, message }: Extract<Event, { type: 'undecided' }>,
): Turn['state'] {
  const { card } = state;
  if (card === null || card.request.id !== id) return state;
  const said = safeLine(message, 400);
  const settled = card.request.state !== 'pending';
  const notice = settled
    ? { text: `${said} (${stateWords(card.request)})`, tone: toneOfState[card.request.state] }
    : { text: said, tone: 'bad' as const };
  return { ...state, card: { ...card, step: { kind: 'reading' }, notice } };
}
