import fc from 'fast-check';
import { renderToString } from 'ink';
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, it } from 'vitest';
import { cellsIn } from '../../src/tui/cell-width.ts';
import { Screen } from '../../src/tui/components/screen.tsx';
import { sightOf } from '../../src/tui/geometry.ts';
import type { State } from '../../src/tui/state.ts';
import { end, enter, esc, type Player, pageDown, playerWith } from './player.ts';
import { noon, samplePrincipal, sampleRequest } from './sample-request.ts';
import { wildText } from './wild-text.ts';

afterEach(cleanup);

function frameOf(state: State, color = false): string {
  return renderToString(<Screen state={state} color={color} />, { columns: state.size.columns });
}

const sizes = [
  [80, 24],
  [40, 10],
  [200, 60],
] as const;

function sized(play: Player, columns: number, rows: number): Player {
  play.send({ type: 'resized', size: { columns, rows } });
  play.draw();
  return play;
}

const bot = sampleRequest({
  id: 'req_02',
  createdAt: new Date(noon + 1000).toISOString(),
  mode: 'claimable',
  principal: samplePrincipal({ name: 'deploy-bot', kind: 'agent', person: 'ada' }),
  summary: 'UPDATE orders SET total = 0',
  presentation: { statement: 'UPDATE orders SET total = 0', parameters: [] },
});

describe('the list', () => {
  it('shows what waits, for whom, and how long', () => {
    const frame = frameOf(sized(playerWith(sampleRequest(), bot), 80, 24).state);
    expect(frame).toContain('2 waiting');
    expect(frame).toContain('● live');
    expect(frame).toContain('▸ DELETE FROM accounts WHERE closed_at < $1');
    expect(frame).toContain('pg-demo · env=demo · deploy-bot, agent of ada · 1h left');
    expect(frame).toContain('Enter open   q quit   ? help   / filter   ↑↓ move');
  });

  it('marks what is the reviewer’s own, and what is not theirs to decide', () => {
    const own = sampleRequest({ own: true, mayDecide: false });
    const foreign = { ...bot, mayDecide: false };
    const frame = frameOf(playerWith(own, foreign).state);
    expect(frame).toContain('engineer · yours, 1h left');
    expect(frame).toContain('not yours to decide, 1h left');
  });

  it('says that nothing waits, that it connects, and that the connection was lost', () => {
    const play = playerWith();
    expect(frameOf(play.state)).toContain('Nothing waits for a decision.');
    play.send({ type: 'interrupted', message: 'gone' });
    play.wait(65_000);
    play.send({ type: 'tick' });
    expect(frameOf(play.state)).toContain('○ reconnecting 1m 5s');
    play.send({ type: 'connected' });
    expect(frameOf(play.state)).toContain('● live');
  });

  it('shows the page with the cursor on it', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      sampleRequest({
        id: `req_${index}`,
        summary: `DELETE ${index};`,
        createdAt: new Date(noon + index).toISOString(),
      }),
    );
    const play = sized(playerWith(...many), 80, 24);
    play.press('G');
    expect(frameOf(play.state)).toContain('▸ DELETE 29;');
    expect(frameOf(play.state)).not.toContain('DELETE 0;');
  });

  it('keeps a line for each decision made here, and what came of it', () => {
    const play = playerWith(sampleRequest(), bot);
    play.press(enter, 'a', 'y');
    const outcome = { message: null, targetCode: null, rowCount: 3 };
    const request = sampleRequest({ version: 2, state: 'succeeded', outcome, awaiting: [] });
    play.send({ type: 'decided', request });
    expect(frameOf(play.state)).toMatch(/\d\d:\d\d {2}req_01 {2}succeeded, 3 rows/);
  });
});

describe('the card', () => {
  it.each(sizes)('can be read and approved at %ix%i', (columns, rows) => {
    const play = sized(playerWith(sampleRequest()), columns, rows);
    play.press(enter, pageDown, pageDown, pageDown, 'a');
    const frame = frameOf(play.state);
    expect(frame).toContain('Approve req_01?');
    expect(frame).toContain('y yes, approve it');
    play.press('y');
    expect(play.effects).toHaveLength(1);
  });

  it('needs no scrolling where all of the statement fits', () => {
    const play = sized(playerWith(sampleRequest()), 80, 24);
    play.press(enter);
    expect(frameOf(play.state)).toContain('a approve   d deny   c request changes');
  });

  it('offers no approval before the statement was seen', () => {
    const statement = 'select 1;\n'.repeat(100);
    const play = playerWith(sampleRequest({ presentation: { statement } }));
    play.press(enter);
    expect(frameOf(play.state)).toMatch(/PgDn \d+% shown/);
    expect(frameOf(play.state)).not.toContain('approve');
  });

  it('warns in the question of input that is not reviewed and of an open transaction', () => {
    const presentation = {
      inputNotReviewed: 'COPY data',
      transaction: { state: 'open', ran: [] },
    } as const;
    const play = playerWith(sampleRequest({ presentation }));
    play.press(enter, 'a');
    expect(frameOf(play.state)).toContain('! input not reviewed');
    expect(frameOf(play.state)).toContain('! a transaction is open');
  });
});

describe('a statement of a megabyte', () => {
  it.each([['x'.repeat(1 << 20)], ['select 1;\n'.repeat(1 << 17)]])(
    'stays responsive',
    (statement) => {
      const play = playerWith(sampleRequest({ presentation: { statement } }));
      play.press(enter);
      frameOf(play.state);
      const before = performance.now();
      for (let key = 0; key < 10; key += 1) {
        play.press(pageDown);
        frameOf(play.state);
      }
      expect((performance.now() - before) / 10).toBeLessThan(200);
      expect(frameOf(play.state)).toMatch(/PgDn \d% shown/);
    },
  );
});

describe('every frame', () => {
  const hostile = 'x\u001b[2J\u001b]8;;http://evil\u0007\u202e漢字😀'.repeat(40);
  const worst = sampleRequest({
    id: `req_${'9'.repeat(60)}`,
    summary: hostile,
    reason: hostile,
    rules: [hostile, hostile],
    awaiting: [hostile],
    connection: { name: hostile, revision: '', labels: { env: hostile } },
    principal: samplePrincipal({ name: hostile, kind: 'ci', person: hostile }),
    presentation: { statement: hostile, inputNotReviewed: hostile },
  });

  const walks: readonly (readonly string[])[] = [
    [],
    ['?'],
    ['/', 'x'.repeat(300)],
    [enter],
    [enter, end],
    [enter, pageDown, pageDown, pageDown, pageDown, pageDown, 'a'],
    [enter, 'd', 'because '.repeat(60)],
    [enter, 'c', '漢'.repeat(200)],
    [enter, '?'],
    [enter, esc],
  ];

  it.each([[30, 8], [20, 4], ...sizes] as const)(
    'pitfall 39: is shorter than a screen of %ix%i and no wider',
    (columns, rows) => {
      for (const walk of walks) {
        const play = sized(playerWith(worst, bot), columns, rows);
        play.press(...walk);
        const lines = frameOf(play.state).split('\n');
        expect(lines.length).toBeLessThan(rows);
        for (const line of lines) expect(cellsIn(line.trimEnd())).toBeLessThanOrEqual(columns);
      }
    },
  );

  it('pitfall 38: has no control characters of others, colours or not', () => {
    for (const walk of walks) {
      const play = playerWith(worst, bot);
      play.press(...walk);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(frameOf(play.state)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it('shows every character of the statement that counts as seen', () => {
    const sizesOf = fc.constantFrom([80, 24], [40, 10], [31, 8], [120, 40]);
    fc.assert(
      fc.property(wildText(), sizesOf, fc.nat(6), (statement, [columns = 80, rows = 24], pages) => {
        const request = sampleRequest({ presentation: { statement, parameters: [] } });
        const play = sized(playerWith(request), columns, rows);
        play.press(enter, ...Array.from({ length: pages }, () => pageDown));
        const sight = sightOf(play.state);
        if (sight === null) return;
        const frame = frameOf(play.state);
        const shown = frame
          .split('\n')
          .filter((line) => line.includes(' │ '))
          .map((line) => line.slice(line.indexOf(' │ ') + 3).replaceAll(' ', ''))
          .join('');
        const text = play.state.card?.rows.exact.text.slice(sight.from, sight.to) ?? '';
        expect(shown).toBe(text.replaceAll('\n', '').replaceAll(/ /g, ''));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same when Ink keeps it up to date as when it is drawn once', () => {
    const play = playerWith(sampleRequest(), bot);
    const live = render(<Screen state={play.state} color={false} />);
    for (const key of ['j', enter, 'a', esc, esc, '?']) {
      play.press(key);
      live.rerender(<Screen state={play.state} color={false} />);
      expect(live.lastFrame()).toBe(frameOf(play.state));
    }
  });
});
