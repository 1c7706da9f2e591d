import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RsyncReader } from '../../../../../src/protocols/ssh/transfers/rsync/rsync-reader.ts';
import { describeWith } from '../../../../peers/require-peer.ts';
import { words } from './bytes-of-rsync.ts';
import { type Piece, type Run, readRun, Sandbox } from './real-rsync.ts';

describeWith(['rsync'], 'streams of the real rsync', () => {
  let box: Sandbox;
  const runs: Run[] = [];

  beforeAll(async () => {
    box = await Sandbox.open();
    const source = box.path('source');
    for (const name of ['a', 'b/c', 'b/d/e', 'f']) {
      await mkdir(path.dirname(path.join(source, name)), { recursive: true });
      await writeFile(path.join(source, name), `${name} `.repeat(500));
    }
    await mkdir(box.path('changed'));
    await writeFile(box.path('changed', 'a'), 'a '.repeat(300));
    runs.push(
      await box.rsync('-a', `${source}/`, `host:${box.path('one')}`),
      await box.rsync('-av', `host:${source}/`, box.path('two')),
      await box.rsync('-azcs', '--delete', `${source}/`, `host:${box.path('three')}`),
      await box.rsync(
        '-rH',
        '--protocol=30',
        '--no-inc-recursive',
        `host:${source}`,
        box.path('four'),
      ),
      await box.rsync('-a', '--no-W', `${source}/`, `host:${box.path('changed')}`),
    );
  });
  afterAll(() => box[Symbol.asyncDispose]());

  const whichRun = fc.integer({ min: 0, max: 4 });

  function runAt(index: number): Run {
    const run = runs[index];
    if (run === undefined) throw new Error('no such run');
    return run;
  }

  test('say the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(
        whichRun,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (index, sizes) => {
          const run = runAt(index);
          const whole = readRun(run);
          expect([whole.gaveUp, whole.notes.length > 0]).toEqual([null, true]);
          expect(readRun({ ...run, pieces: cut(run.pieces, sizes) })).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('with bytes changed, left out or put in: nothing is thrown, and no more is told', () => {
    const change = fc.record({
      at: fc.nat(),
      drop: fc.integer({ min: 0, max: 3 }),
      put: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(whichRun, fc.array(change, { minLength: 1, maxLength: 3 }), (index, changes) => {
        const run = runAt(index);
        const pieces = changes.reduce(changed, [...run.pieces]);
        const { notes } = readRun({ ...run, pieces });
        const sent = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const files = notes.flatMap((note) => (note.kind === 'file' ? [note.file] : []));
        expect(files.length).toBeLessThan(sent / 20);
        for (const { sha256, bytes } of files)
          if (sha256 !== null) expect(bytes).toBeLessThan(sent);
      }),
      { numRuns: 500 },
    );
  });
});

describe('any bytes', () => {
  const given = fc.constantFrom(
    words('--server', '-logDtpre.iLsfxCIvu', '.', '/there'),
    words('--server', '--sender', '-zre.LsfxCIvu', '.', '/there'),
    words('--server', '-sre.LsfxCIvu'),
  );
  const side = fc.constantFrom('input' as const, 'output' as const);
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

  test('throw nothing, whatever is read of them', () => {
    fc.assert(
      fc.property(given, fc.array(fc.record({ side, bytes })), (command, pieces) => {
        const reader = new RsyncReader(command);
        for (const piece of pieces) reader[piece.side](piece.bytes);
        reader.ended();
      }),
      { numRuns: 500 },
    );
  });

  test('as words throw nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const reader = new RsyncReader(words('--server', ...texts));
        expect([null, expect.any(String)]).toContainEqual(reader.gaveUp);
      }),
    );
  });
});

function cut(pieces: readonly Piece[], sizes: readonly number[]): Piece[] {
  let turn = 0;
  return pieces.flatMap(({ side, bytes }) => {
    const parts: Piece[] = [];
    for (let at = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      parts.push({ side, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
    return parts;
  });
}

function changed(pieces: Piece[], change: { at: number; drop: number; put: Uint8Array }): Piece[] {
  const sent = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let at = change.at % sent;
  return pieces.map((piece) => {
    const { bytes } = piece;
    const here = at;
    at -= bytes.length;
    if (here < 0 || here >= bytes.length) return piece;
    const parts = [bytes.subarray(0, here), change.put, bytes.subarray(here + change.drop)];
    return { ...piece, bytes: Buffer.concat(parts) };
  });
}
