import { edited } from './edit-text.ts';
import { exactRows, exactText } from './exact-text.ts';
import { listed, listPage } from './geometry.ts';
import type { Key, KeyName } from './keys.ts';
import { withList } from './model-feed.ts';
import { textColumns } from './size.ts';
import { type State, type Turn, turn } from './state.ts';

/** After the cursor was moved by the list and not by a key, Enter does nothing for so long. */
const settleMs = 400;

export function listKey(state: State, key: Key, at: number): Turn {
  if (state.filtering) return turn(filterKey(state, key, at));
  // Pasted text is no keys.
  if (key.kind === 'paste') return turn(state);
  if (key.kind === 'named') return turn(listMove(state, key.name, at));
  switch (key.char) {
    case 'j':
      return turn(moved(state, 1));
    case 'k':
      return turn(moved(state, -1));
    case 'g':
      return turn(moved(state, Number.NEGATIVE_INFINITY));
    case 'G':
      return turn(moved(state, Number.POSITIVE_INFINITY));
    case '/':
      return turn({ ...state, filtering: true });
    case '?':
      return turn({ ...state, help: true });
    case 'q':
      return turn({ ...state, done: 'quit' });
    default:
      return turn(state);
  }
}

function listMove(state: State, name: KeyName, at: number): State {
  switch (name) {
    case 'up':
      return moved(state, -1);
    case 'down':
      return moved(state, 1);
    case 'pageup':
      return moved(state, -listPage(state));
    case 'pagedown':
      return moved(state, listPage(state));
    case 'home':
      return moved(state, Number.NEGATIVE_INFINITY);
    case 'end':
      return moved(state, Number.POSITIVE_INFINITY);
    case 'enter':
    case 'right':
      return at - state.movedAt < settleMs ? state : opened(state);
    case 'escape':
      return { ...state, filter: '', cursor: state.cursor ?? state.requests[0]?.id ?? null };
    default:
      return state;
  }
}

function filterKey(state: State, key: Key, at: number): State {
  if (key.kind === 'named' && key.name === 'enter') return { ...state, filtering: false };
  const cleared = key.kind === 'named' && key.name === 'escape';
  const filter = cleared ? '' : edited(state.filter, key);
  const next = { ...state, filter, filtering: !cleared };
  if (filter === state.filter) return next;
  return { ...withList(next, state.requests, at), movedAt: state.movedAt };
}

function moved(state: State, by: number): State {
  const items = listed(state);
  const index = items.findIndex(({ id }) => id === state.cursor);
  const next = items[Math.min(Math.max(0, index + by), items.length - 1)];
  return next === undefined ? state : { ...state, cursor: next.id };
}

function opened(state: State): State {
  const request = listed(state).find(({ id }) => id === state.cursor);
  if (request === undefined) return state;
  const rows = exactRows(exactText(request.presentation), textColumns(state.size));
  const step = { kind: 'reading' } as const;
  return { ...state, card: { request, rows, scroll: 0, shownTo: 0, step, notice: null } };
}
