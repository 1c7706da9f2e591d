import type { DecideRequest } from '../control/contract.ts';
import { safeLine } from '../core/safe-text.ts';
import { edited } from './edit-text.ts';
import { bodyRows, documentOf, lastScroll, wholeShown } from './geometry.ts';
import { shownPercent } from './hints.ts';
import type { Key, KeyName } from './keys.ts';
import { tooSmall } from './size.ts';
import { type Card, type State, type Step, type Turn, turn } from './state.ts';

/**
 * How long a question stands before a key can answer it: longer than the gap between the
 * pieces of a paste or of a key held down, shorter than a person who has read it.
 */
const answerableMs = 150;

export function cardKey(state: State, card: Card, key: Key, at: number, alone: boolean): Turn {
  switch (card.step.kind) {
    case 'reading':
      return readingKey(state, card, key, at);
    case 'confirming':
      return confirmingKey(state, card, card.step, key, at, alone);
    case 'writing':
      return writingKey(state, card, card.step, key, at);
    case 'sending':
      return turn(state);
    default:
      return card.step satisfies never;
  }
}

function readingKey(state: State, card: Card, key: Key, at: number): Turn {
  if (key.kind === 'paste') return turn(state);
  if (key.kind === 'named') return turn(readingMove(state, card, key.name));
  switch (key.char) {
    case 'a':
      return turn(asked(state, card, at));
    case 'd':
      return turn(asksWhy(state, card, 'deny', at));
    case 'c':
      return turn(asksWhy(state, card, 'request_changes', at));
    case 'n':
      return turn(scrolled(state, card, unreadLine(state, card)));
    case 'q':
      return turn({ ...state, done: 'quit' });
    case '?':
      return turn({ ...state, help: true });
    default:
      return turn(readingMove(state, card, letters[key.char]));
  }
}

const letters: Readonly<Record<string, KeyName>> = {
  j: 'down',
  k: 'up',
  ' ': 'pagedown',
  b: 'pageup',
  g: 'home',
  G: 'end',
};

function readingMove(state: State, card: Card, name: KeyName | undefined): State {
  const page = Math.max(1, bodyRows(state) - 1);
  switch (name) {
    case 'up':
      return scrolled(state, card, card.scroll - 1);
    case 'down':
      return scrolled(state, card, onward(state, card, 1));
    case 'pageup':
      return scrolled(state, card, card.scroll - page);
    case 'pagedown':
      return scrolled(state, card, onward(state, card, page));
    case 'home':
      return scrolled(state, card, 0);
    case 'end':
      return scrolled(state, card, Number.POSITIVE_INFINITY);
    case 'escape':
    case 'left':
      return { ...state, card: null };
    default:
      return state;
  }
}

/** The first line of the document that has not wholly been on the screen. */
function unreadLine(state: State, card: Card): number {
  const { rows, shownTo } = card;
  let low = 0;
  let high = rows.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.startOf(middle + 1) <= shownTo) low = middle + 1;
    else high = middle;
  }
  return documentOf(state, card).head.length + low;
}

/** Reading on never jumps over what was not drawn yet, however fast the keys come. */
function onward(state: State, card: Card, by: number): number {
  const unread = unreadLine(state, card);
  const target = card.scroll + by;
  return card.scroll <= unread && !wholeShown(card) ? Math.min(target, unread) : target;
}

function scrolled(state: State, card: Card, to: number): State {
  const last = lastScroll(state, documentOf(state, card));
  const scroll = Math.max(0, Math.min(to, last));
  const notice = card.request.state === 'pending' ? null : card.notice;
  return { ...state, card: { ...card, scroll, notice } };
}

/** Why the open card cannot be decided; null when it can. */
function obstacle(state: State, { request, notice }: Card): string | null {
  if (request.state !== 'pending') return notice?.text ?? 'It is not waiting any more.';
  if (tooSmall(state.size)) return 'The terminal is too small.';
  if (request.mayDecide) return null;
  return `You cannot decide it: ${safeLine(request.mayNotDecideBecause ?? 'not a reviewer of it')}.`;
}

function asked(state: State, card: Card, at: number): State {
  const because = obstacle(state, card);
  if (because !== null) return noted(state, card, because);
  if (!wholeShown(card)) {
    const shown = `${shownPercent(card)}% of the statement was on the screen.`;
    return noted(state, card, `Read it to its end first: ${shown} n goes to the unread part.`);
  }
  return stepped(state, card, { kind: 'confirming', since: at, drawn: false });
}

function asksWhy(
  state: State,
  card: Card,
  decision: 'deny' | 'request_changes',
  at: number,
): State {
  const because = obstacle(state, card);
  if (because !== null) return noted(state, card, because);
  return stepped(state, card, { kind: 'writing', decision, since: at, text: '' });
}

function confirmingKey(
  state: State,
  card: Card,
  step: Extract<Step, { kind: 'confirming' }>,
  key: Key,
  at: number,
  alone: boolean,
): Turn {
  const yes = key.kind === 'char' && (key.char === 'y' || key.char === 'Y');
  if (yes) {
    const answerable = alone && step.drawn && at - step.since >= answerableMs && wholeShown(card);
    return answerable ? decided(state, card, 'approve', null) : turn(state);
  }
  const no = key.kind === 'named' ? key.name === 'escape' : key.kind === 'char' && key.char === 'n';
  return turn(no ? stepped(state, card, { kind: 'reading' }) : state);
}

function writingKey(
  state: State,
  card: Card,
  step: Extract<Step, { kind: 'writing' }>,
  key: Key,
  at: number,
): Turn {
  if (key.kind === 'named' && key.name === 'escape') {
    return turn(stepped(state, card, { kind: 'reading' }));
  }
  if (key.kind === 'named' && key.name === 'enter') {
    const reason = step.text.trim();
    if (reason === '' || at - step.since < answerableMs) return turn(state);
    return decided(state, card, step.decision, reason);
  }
  return turn(stepped(state, card, { ...step, text: edited(step.text, key) }));
}

/** The only place where a decision leaves: for the card on the screen, by id and digest. */
function decided(
  state: State,
  card: Card,
  kind: DecideRequest['kind'],
  reason: string | null,
): Turn {
  const { id, digest } = card.request;
  const decision = reason === null ? { kind, digest } : { kind, digest, reason };
  const next = stepped(state, card, { kind: 'sending', decision: kind });
  return turn(next, { kind: 'decide', id, decision });
}

function stepped(state: State, card: Card, step: Step): State {
  return { ...state, card: { ...card, step, notice: null } };
}

function noted(state: State, card: Card, text: string): State {
  return { ...state, card: { ...card, notice: { text, tone: 'warn' } } };
}
