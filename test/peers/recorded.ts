import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { expectPublishedForm } from '../recording/published-schema.ts';
import type { RunningSystem } from './running-system.ts';

/** One recording as its file has it now. */
export async function recordingOf(system: RunningSystem, id: string) {
  const folder = path.join(system.folder, 'recordings', id);
  const text = await readFile(path.join(folder, 'session.ndjson'), 'utf8');
  await expectPublishedForm(text);
  const lines = text.trimEnd().split('\n');
  return { id, folder, text, events: lines.map((line) => JSON.parse(line)) };
}

/** The newest recording, once its session is over. */
export async function newestRecording(system: RunningSystem) {
  let view = { id: '', state: 'open' };
  await expect
    .poll(async () => {
      const { items } = await system.client('engineer').listRecordings({ limit: 1 });
      view = items[0] ?? view;
      return view.state;
    })
    .not.toBe('open');
  return recordingOf(system, view.id);
}

/** The files that the newest recording tells of, and how the channel ended. */
export async function newestTransfer(system: RunningSystem) {
  const { id, text, events } = await newestRecording(system);
  const files = events.filter(({ type }) => type === 'file');
  return { id, text, files, end: events.find(({ type }) => type === 'channel_end') };
}
