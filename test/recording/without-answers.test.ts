import { expect, test } from 'vitest';
import type { FileTransfer } from '../../src/core/recording.ts';
import { notRecorded, withoutAnswers } from '../../src/recording/without-answers.ts';
import { keptNotes } from './kept-notes.ts';

const file: FileTransfer = {
  ...{ type: 'file', channel: 1, path: 'a', direction: 'upload', bytes: 0, sha256: null },
};

test('where masks are lifted, what the target says of a file is not recorded, and the file is', async () => {
  const recorder = keptNotes();
  const lifted = withoutAnswers(recorder);
  await lifted.note({ ...file, problem: 'refused', message: 'planted' }, 1);
  await lifted.note(file, 1);
  await lifted.note({ type: 'output', channel: 1, stream: 'stdout', text: 'planted' }, 1);
  expect(recorder.notes).toEqual([{ ...file, problem: 'refused', message: notRecorded }, file]);
});
