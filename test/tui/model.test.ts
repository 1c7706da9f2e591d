import { describe, expect, it } from 'vitest';
import { listed, wholeShown } from '../../src/tui/geometry.ts';
import { end, enter, esc, pageDown, playerWith } from './player.ts';
import { noon, sampleRequest } from './sample-request.ts';

const later = (seconds: number) => new Date(noon + seconds * 1000).toISOString();
const first = sampleRequest({ id: 'req_01', createdAt: later(1), digest: 'sha256:01' });
const second = sampleRequest({ id: 'req_02', createdAt: later(2), digest: 'sha256:02' });
const third = sampleRequest({ id: 'req_03', createdAt: later(3), digest: 'sha256:03' });
const long = sampleRequest({
  id: 'req_long',
  presentation: { statement: Array.from({ length: 100 }, (_, i) => `select ${i};`).join('\n') },
});

describe('a decision', () => {
  it('is not sent by y alone, by a alone, or from the list', () => {
    const play = playerWith(first);
    play.press('y', 'a', 'd', 'c', 'y');
    expect(play.effects).toEqual([]);
    play.press(enter, 'y', enter);
    expect(play.effects).toEqual([]);
  });

  it('is for the request and digest of the card, after a and y', () => {
    const play = playerWith(first, second);
    play.press('j', enter, 'a', 'y');
    expect(play.effects).toEqual([
      { kind: 'decide', id: 'req_02', decision: { kind: 'approve', digest: 'sha256:02' } },
    ]);
    expect(play.state.card?.step.kind).toBe('sending');
  });

  it('is not sent a second time while the first is on its way', () => {
    const play = playerWith(first);
    play.press(enter, 'a', 'y', 'y', 'a', 'y', 'd');
    expect(play.effects).toHaveLength(1);
  });

  it('is not sent when a and y come in one burst, or too close together', () => {
    const play = playerWith(first);
    play.press(enter);
    play.wait(500);
    play.burst('ay');
    expect(play.state.card?.step.kind).toBe('confirming');
    play.wait(50);
    play.burst('y');
    play.wait(500);
    play.burst('yy');
    expect(play.effects).toEqual([]);
    play.wait(500);
    play.burst('y');
    expect(play.effects).toHaveLength(1);
  });

  it('is not sent before the question was drawn', () => {
    const play = playerWith(first);
    play.press(enter);
    play.send({ type: 'keys', keys: [{ kind: 'char', char: 'a' }] });
    play.wait(5000);
    play.send({ type: 'keys', keys: [{ kind: 'char', char: 'y' }] });
    expect(play.effects).toEqual([]);
  });

  it('is never sent by pasted text', () => {
    const play = playerWith(first);
    const paste = (text: string) => `\u001b[200~${text}\u001b[201~`;
    play.press(paste('\ray'), enter, paste('a'), 'a', paste('y'));
    expect(play.effects).toEqual([]);
    expect(play.state.card?.step.kind).toBe('confirming');
  });

  it.each(['n', esc])('is not sent after %j', (no) => {
    const play = playerWith(first);
    play.press(enter, 'a', no, 'y');
    expect(play.effects).toEqual([]);
    expect(play.state.card?.step.kind).toBe('reading');
  });

  it('is refused here with the reason when it would not count', () => {
    const because = 'your own request';
    const play = playerWith(
      sampleRequest({ mayDecide: false, mayNotDecideBecause: because, own: true }),
    );
    play.press(enter, 'a');
    expect(play.state.card?.notice?.text).toContain(because);
    play.press('y', 'd', 'x', enter);
    expect(play.effects).toEqual([]);
  });
});

describe('denying and asking for changes', () => {
  it('needs a reason', () => {
    const play = playerWith(first);
    play.press(enter, 'd', enter, ' ', enter);
    expect(play.effects).toEqual([]);
  });

  it.each([
    ['d', 'deny'],
    ['c', 'request_changes'],
  ] as const)('%s sends %s with what was typed', (key, kind) => {
    const play = playerWith(first);
    play.press(enter, key, 'no, y', '\u001b[200~ at\nnoon\u001b[201~', 'x', '\u007f', enter);
    expect(play.effects).toEqual([
      {
        kind: 'decide',
        id: 'req_01',
        decision: { kind, digest: 'sha256:01', reason: 'no, y at noon' },
      },
    ]);
  });

  it('is not sent by text with a newline that also opened the question', () => {
    const play = playerWith(first);
    play.press(enter);
    play.burst('delete from accounts;\r');
    expect(play.effects).toEqual([]);
  });

  it('needs no reading to the end', () => {
    const play = playerWith(long);
    play.press(enter, 'd', 'too long', enter);
    expect(play.effects).toHaveLength(1);
  });
});

describe('reading a long statement', () => {
  it('comes before approving it, and says how much was seen', () => {
    const play = playerWith(long);
    play.press(enter, 'a', 'y');
    expect(play.effects).toEqual([]);
    expect(play.state.card?.notice?.text).toMatch(/Read it to its end first: \d+% /);
  });

  it('is not done by jumping to its end', () => {
    const play = playerWith(long);
    play.press(enter, end, 'a', 'y');
    expect(play.effects).toEqual([]);
    play.press('n', ...Array.from({ length: 8 }, () => pageDown), 'a', 'y');
    expect(play.effects).toHaveLength(1);
  });

  it('is not done by pages that were never drawn', () => {
    const play = playerWith(long);
    play.press(enter);
    play.burst(pageDown.repeat(20));
    const card = play.state.card;
    expect(card !== null && wholeShown(card)).toBe(false);
  });

  it('is done by paging through, and survives a resize', () => {
    const play = playerWith(long);
    play.press(enter, pageDown, pageDown, pageDown);
    const before = play.state.card?.shownTo;
    play.send({ type: 'resized', size: { columns: 40, rows: 12 } });
    expect(play.state.card?.shownTo).toBe(before);
    play.draw();
    for (let page = 0; page < 40; page += 1) play.press(pageDown);
    play.press('a', 'y');
    expect(play.effects).toHaveLength(1);
  });

  it('begins anew when the card is opened again', () => {
    const play = playerWith(long);
    play.press(enter, ...Array.from({ length: 9 }, () => pageDown), esc, enter, 'a', 'y');
    expect(play.effects).toEqual([]);
  });

  it('cannot be approved in a terminal that is too small to show it', () => {
    const play = playerWith(first);
    play.press(enter);
    play.send({ type: 'resized', size: { columns: 20, rows: 5 } });
    play.press('a', 'y');
    expect(play.effects).toEqual([]);
  });
});

describe('the list', () => {
  it('keeps the cursor on its request when others come and go', () => {
    const play = playerWith(second);
    play.put(first, third);
    expect(play.state.cursor).toBe('req_02');
    expect(play.state.requests.map(({ id }) => id)).toEqual(['req_01', 'req_02', 'req_03']);
  });

  it('does not open another request with a key pressed just after it moved', () => {
    const play = playerWith(first, second);
    play.wait(1000);
    play.put({ ...first, version: 2, state: 'cancelled' });
    expect(play.state.cursor).toBe('req_02');
    play.burst(enter);
    expect(play.state.card).toBeNull();
    play.press(enter);
    expect(play.state.card?.request.id).toBe('req_02');
  });

  it('forgets nothing that arrives late: an old version does not bring a request back', () => {
    const play = playerWith(first);
    play.put({ ...first, version: 3, state: 'approved' });
    play.put({ ...first, version: 2 });
    expect(play.state.requests).toEqual([]);
  });

  it('drops what is no longer pending after a reconnection, and looks what became of it', () => {
    const play = playerWith(first, second);
    play.press(enter);
    play.feed({ type: 'synced', pending: ['req_02'] });
    expect(play.state.requests.map(({ id }) => id)).toEqual(['req_02']);
    expect(play.effects).toEqual([{ kind: 'look', id: 'req_01' }]);
  });

  it('filters by what is seen of a request, and Esc shows all again', () => {
    const other = { ...third, connection: { ...third.connection, name: 'pg-billing' } };
    const play = playerWith(first, other);
    play.press('/', 'b', 'i', 'l');
    expect(listed(play.state).map(({ id }) => id)).toEqual(['req_03']);
    expect(play.state.cursor).toBe('req_03');
    play.press(enter, enter);
    expect(play.state.card?.request.id).toBe('req_03');
    play.press(esc, esc);
    expect(listed(play.state)).toHaveLength(2);
  });

  it('takes q, d and a as text while a filter is typed', () => {
    const play = playerWith(first);
    play.press('/', 'q', 'a');
    expect(play.state).toMatchObject({ filter: 'qa', done: null });
  });
});

describe('the open card', () => {
  it('stays on its request while the list moves', () => {
    const play = playerWith(first, second);
    play.press(enter);
    play.put({ ...second, version: 2, state: 'denied' }, third);
    play.press('a', 'y');
    expect(play.effects).toMatchObject([{ kind: 'decide', id: 'req_01' }]);
  });

  it('says that its request has ended, and takes no more decisions', () => {
    const play = playerWith(first);
    play.press(enter, 'a');
    play.put({ ...first, version: 2, state: 'cancelled', cancelledBy: 'engineer' });
    expect(play.state.card).toMatchObject({
      step: { kind: 'reading' },
      notice: { text: 'This request has ended here: cancelled by engineer.' },
    });
    play.press('a', 'y', 'd', 'x', enter);
    expect(play.effects).toEqual([]);
  });

  it('asks anew when what is asked has changed', () => {
    const play = playerWith(first);
    play.press(enter, 'a');
    play.wait(500);
    play.put({ ...first, version: 2, awaiting: ['nobody else: yours is the last'] });
    play.burst('y');
    expect(play.effects).toEqual([]);
    play.press('y');
    expect(play.effects).toHaveLength(1);
  });

  it('is never decided under a digest that was not on the screen', () => {
    const play = playerWith(first);
    play.press(enter, 'a');
    play.put({ ...first, version: 2, digest: 'sha256:other' });
    play.press('y', 'a', 'y', 'd', 'x', enter);
    expect(play.effects).toEqual([]);
  });
});

describe('after a decision', () => {
  const approved = { ...first, version: 2, state: 'approved', awaiting: [] } as const;

  it('shows the list, and follows what becomes of the request', () => {
    const play = playerWith(first, second);
    play.press(enter, 'a', 'y');
    play.send({ type: 'decided', request: approved });
    expect(play.state.card).toBeNull();
    const outcome = { message: null, targetCode: null, rowCount: 3 };
    play.put({ ...approved, version: 4, state: 'succeeded', outcome });
    play.put({ ...approved, version: 3, state: 'running' });
    expect(play.state.log).toMatchObject([{ request: { id: 'req_01', state: 'succeeded' } }]);
  });

  it('stays on the card when the gateway did not take it', () => {
    const play = playerWith(first);
    play.press(enter, 'a', 'y');
    const message = 'already\u001b[2J decided';
    play.send({ type: 'undecided', id: 'req_01', message });
    expect(play.state.card).toMatchObject({
      step: { kind: 'reading' },
      notice: { text: 'already\\u{1b}[2J decided', tone: 'bad' },
    });
  });
});

describe('leaving', () => {
  it.each([
    ['q', 'quit'],
    ['\u0003', 'interrupted'],
  ] as const)('%j ends it: %s', (key, done) => {
    const play = playerWith(first);
    play.press(enter, key);
    expect(play.state.done).toBe(done);
  });

  it('is possible by Ctrl-C from everywhere', () => {
    for (const keys of [['/'], [enter, 'd'], [enter, 'a'], [enter, 'a', 'y'], ['?']]) {
      const play = playerWith(first);
      play.press(...keys, '\u0003');
      expect(play.state.done).toBe('interrupted');
    }
  });

  it('suspends on Ctrl-Z and repaints on Ctrl-L', () => {
    const play = playerWith(first);
    play.press('\u001a', '\u000c');
    expect(play.effects).toEqual([{ kind: 'suspend' }, { kind: 'repaint' }]);
  });
});
