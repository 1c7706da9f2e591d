import { expect, test } from 'vitest';
import { type ChannelAbout, ChannelRecording } from '../../src/core/channel-recording.ts';
import type { SessionNote, SessionRecorder } from '../../src/core/recording.ts';
import { RefusedError } from '../../src/core/refusal.ts';
import {
  nothingFound,
  type TransferNote,
  type TransferReader,
} from '../../src/core/transfer-reader.ts';
import { keptNotes } from '../recording/kept-notes.ts';

const full = new RefusedError({ code: 'RECORDING_UNAVAILABLE', message: 'the disk is full' });

/** Takes every piece for a file of that name. */
function everyPiece(gaveUp: string | null = null): TransferReader {
  const found = (direction: 'upload' | 'download') => (bytes: Buffer) => [file(direction, bytes)];
  return { input: found('upload'), output: found('download'), ended: () => nothingFound, gaveUp };
}

function file(direction: 'upload' | 'download', bytes: Buffer): TransferNote {
  const path = bytes.toString();
  return { kind: 'file', file: { path, direction, bytes: bytes.length, sha256: null } };
}

function open(recorder: SessionRecorder, transfer: TransferReader, more?: Partial<ChannelAbout>) {
  const own = { kind: 'exec', command: 'copy', operation: 1, terminal: null };
  const about = { ...own, transfer, ...more };
  return ChannelRecording.open(recorder, about);
}

test('a file that cannot be taken down stops what it came with', async () => {
  const refusing = keptNotes({
    note: (note) => (note.type === 'file' ? Promise.reject(full) : undefined),
  });
  const recording = await open(refusing, everyPiece());
  await expect(async () => recording.input(Buffer.from('one'))).rejects.toThrow('the disk is full');
  await expect(async () => recording.output('stdout', Buffer.from('two'))).rejects.toThrow(
    'the disk is full',
  );
});

test('of standard output, which has the files, no text is kept, and of stderr it is', async () => {
  const recorder = keptNotes();
  const recording = await open(recorder, everyPiece());
  await recording.output('stdout', Buffer.from('planted'));
  await recording.output('stderr', Buffer.from('a warning'));
  const kept = recorder.notes.filter(({ type }) => type === 'output');
  expect(kept).toEqual([{ type: 'output', channel: 1, stream: 'stderr', text: 'a warning' }]);
  const [file] = recorder.numbered.filter(({ type }) => type === 'file');
  expect(file?.operation).toBe(1);
});

test('what is no transfer is the output of a program as any other', async () => {
  const recorder = keptNotes();
  const recording = await open(recorder, { ...everyPiece(), output: () => null });
  await recording.output('stdout', Buffer.from('Usage: tar'));
  expect(recorder.notes.at(-1)).toMatchObject({ type: 'output', text: 'Usage: tar' });
});

test('where the reader gave up, the end of the channel says so', async () => {
  const recorder = keptNotes();
  const recording = await open(recorder, everyPiece('it made no sense'));
  await recording.input(Buffer.from('one'));
  await recording.ended(0);
  expect(recorder.notes.at(-1)).toMatchObject({
    ...{ type: 'channel_end', transfer: { files: 1, gaveUp: 'it made no sense' } },
  });
});

test('files are noted one behind the other, and the end behind them all', async () => {
  const notes: SessionNote[] = [];
  const slow = keptNotes({
    async note(note) {
      await new Promise((resolve) => setTimeout(resolve, note.type === 'file' ? 10 : 0));
      notes.push(note);
    },
  });
  const recording = await open(slow, everyPiece());
  const taken = [
    recording.input(Buffer.from('one')),
    recording.output('stdout', Buffer.from('two')),
  ];
  await recording.ended(0);
  await Promise.all(taken);
  expect(notes.map((note) => (note.type === 'file' ? note.path : note.type))).toEqual([
    ...['channel', 'one', 'two', 'channel_end'],
  ]);
});

test('a terminal has no files', async () => {
  const recorder = keptNotes();
  const terminal = { columns: 80, rows: 24, term: null };
  const recording = await open(recorder, everyPiece(), { terminal });
  await recording.input(Buffer.from('typed'));
  await recording.output('stdout', Buffer.from('shown'));
  await recording.ended(0);
  expect(recorder.notes.map(({ type }) => type)).toEqual(['channel', 'channel_end']);
  expect(recorder.notes.at(-1)).not.toHaveProperty('transfer');
});
