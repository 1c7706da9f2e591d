import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PendingLines } from '../../src/recording/pending-lines.ts';
import { Track, type TrackSink } from '../../src/recording/track.ts';

const seal = (plain: Buffer) => plain;

/** Writes when it is told to. */
function slowSink() {
  const pieces: string[] = [];
  const going: (() => void)[] = [];
  const sink: TrackSink = {
    async write(bytes) {
      await new Promise<void>((resolve) => going.push(resolve));
      pieces.push(bytes.toString('utf8'));
    },
    async close() {},
  };
  return { sink, pieces, going };
}

describe('a track', () => {
  it('fails for whoever waits, and takes nothing more', async () => {
    const told: unknown[] = [];
    const sink: TrackSink = { write: () => Promise.reject(new Error('full')), async close() {} };
    const track = new Track({ sink, seal, onFailure: (error) => void told.push(error) });
    track.append('a\n');
    await expect(track.written()).rejects.toThrow('full');
    expect(() => track.append('b\n')).toThrow('full');
    expect(told).toHaveLength(1);
  });

  it('does not say that it is written before the last line is', async () => {
    const { sink, pieces, going } = slowSink();
    const track = new Track({ sink, seal, onFailure: () => {} });
    track.append('first\n');
    const first = track.written();
    track.append('second\n');
    let done = false;
    const second = track.written().then(() => {
      done = true;
    });
    going.shift()?.();
    await first.catch(() => {});
    expect(pieces).toEqual(['first\n']);
    expect(done).toBe(false);
    going.shift()?.();
    await second;
    expect(pieces).toEqual(['first\n', 'second\n']);
  });

  it('gathers what comes while a piece is written into one piece', async () => {
    const { sink, pieces, going } = slowSink();
    const track = new Track({ sink, seal, onFailure: () => {} });
    track.append('first\n');
    const first = track.written();
    for (let line = 0; line < 100; line += 1) track.append(`${line}\n`);
    going.shift()?.();
    await first;
    await Promise.resolve();
    expect(going).toHaveLength(0);
    const closed = track.close();
    await Promise.resolve();
    going.shift()?.();
    await closed;
    expect(pieces).toHaveLength(2);
    expect(pieces[1]?.split('\n')).toHaveLength(101);
  });

  it('writes what came last when it is closed in the middle of a piece', async () => {
    const { sink, pieces, going } = slowSink();
    const track = new Track({ sink, seal, onFailure: () => {} });
    track.append('first\n');
    void track.written();
    track.append('last\n');
    const closed = track.close();
    going.shift()?.();
    while (going.length === 0) await new Promise((resolve) => setImmediate(resolve));
    going.shift()?.();
    await closed;
    expect(pieces.join('')).toBe('first\nlast\n');
  });
});

describe('pending lines', () => {
  it('are the same bytes as their lines, whatever they are and whenever they are taken', () => {
    const line = fc.tuple(fc.string({ unit: 'binary' }), fc.option(fc.string()), fc.boolean());
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const pending = new PendingLines();
        let got = '';
        const take = () => {
          const taken = pending.take();
          got += taken.toString('utf8');
          pending.giveBack(taken);
        };
        for (const [text, tail, now] of lines) {
          pending.add(text);
          if (tail !== null) pending.addEvent(1.5, 7, Buffer.from(tail));
          if (now) take();
        }
        take();
        const start = '{"at":1.5,"operation":7';
        const whole = lines
          .map(([text, tail]) => text + (tail === null ? '' : start + tail))
          .join('');
        expect(got).toBe(Buffer.from(whole).toString('utf8'));
      }),
    );
  });
});
