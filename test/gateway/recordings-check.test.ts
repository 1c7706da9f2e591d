import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordingStory } from '../../src/audit/recording-stories.ts';
import { type RecordingsCheck, recordingFindings } from '../../src/audit/recordings-check.ts';
import type { StoredFile } from '../../src/core/stored-file.ts';
import { recordingsIn } from '../../src/gateway/recordings-check.ts';
import { nothingStored, writeUploadState } from '../../src/recording/upload-state.ts';

const track = 'session.ndjson';
let top = '';
let folder = '';
beforeEach(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'hoopx-held-'));
  folder = path.join(top, 'recordings');
  await mkdir(folder);
});
afterEach(() => rm(top, { recursive: true, force: true }));

const at = (...names: string[]) => path.join(folder, ...names);

/** A recording as it was closed, and what the log says of it. */
async function recorded(session: string): Promise<RecordingStory> {
  await mkdir(at(session));
  const files: StoredFile[] = [];
  for (const name of ['meta.json', track]) {
    const text = `${name} of ${session}`;
    await writeFile(at(session, name), text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    files.push({ name, bytes: text.length, sha256 });
  }
  return toldOf(files);
}

function toldOf(files: readonly StoredFile[]): RecordingStory {
  const closed = { seq: 2, state: 'complete', files, empty: files.length === 0 } as const;
  return { began: 1, covered: true, required: true, ran: false, closed, removed: false };
}

async function check(
  stories: Record<string, RecordingStory>,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<RecordingsCheck> {
  const held = await recordingsIn(folder);
  await meanwhile();
  return held(new Map(Object.entries(stories)));
}

function told(found: RecordingsCheck): readonly string[] {
  return recordingFindings(found, true).map(({ kind, problem }) => `${kind}: ${problem}`);
}

function noted({ closed }: RecordingStory, names: readonly string[]) {
  return (closed?.files ?? []).filter(({ name }) => names.includes(name));
}

describe('a link where a recording should be', () => {
  it('is told as tampered, known to the log or not', async () => {
    const ses_1 = await recorded('ses_1');
    await rename(at('ses_1'), path.join(top, 'elsewhere'));
    for (const name of ['ses_1', 'ses_2']) await symlink('../elsewhere', at(name));
    await writeFile(at('ses_3'), '');
    const said = (name: string) =>
      `tampered: the recording of ${name} is no folder of its own: no gateway made it`;
    expect(told(await check({ ses_1 })).toSorted()).toEqual(['ses_1', 'ses_2', 'ses_3'].map(said));
  });
});

describe('what upload.json says to be in the bucket', () => {
  const missing = `gap: ${track} of ses_1 is missing, and no record says that it was removed`;

  it('counts where all of it was taken there, and the description is here', async () => {
    const ses_1 = await recorded('ses_1');
    const stored = noted(ses_1, [track]);
    await writeUploadState(at('ses_1'), { ...nothingStored, stored, complete: true });
    await rm(at('ses_1', track));
    expect(await check({ ses_1 })).toMatchObject({ inBucket: ['ses_1'], problems: [] });
  });

  it('is missing where that was not finished', async () => {
    const ses_1 = await recorded('ses_1');
    await writeUploadState(at('ses_1'), { ...nothingStored, stored: noted(ses_1, [track]) });
    await rm(at('ses_1', track));
    const found = await check({ ses_1 });
    expect([told(found), found.inBucket]).toEqual([[missing], []]);
  });

  it('is missing without the description, which is never taken away', async () => {
    const ses_1 = await recorded('ses_1');
    const stored = noted(ses_1, ['meta.json', track]);
    await writeUploadState(at('ses_1'), { ...nothingStored, stored, complete: true });
    for (const name of ['meta.json', track]) await rm(at('ses_1', name));
    const found = await check({ ses_1 });
    expect([told(found), found.inBucket]).toEqual([
      [missing.replace(track, 'meta.json'), missing],
      [],
    ]);
  });

  it('is not waited for where it is a pipe', async () => {
    const ses_1 = await recorded('ses_1');
    await rm(at('ses_1', track));
    execFileSync('mkfifo', [at('ses_1', 'upload.json')]);
    expect(told(await check({ ses_1 }))).toEqual([missing]);
  }, 5_000);
});

describe('while the gateway goes on', () => {
  it('what is removed after the listing is missing, and others are looked at', async () => {
    const [ses_1, ses_2] = [await recorded('ses_1'), await recorded('ses_2')];
    const found = await check({ ses_1, ses_2 }, () => rm(at('ses_1'), { recursive: true }));
    expect([told(found), found.intact]).toEqual([
      ['gap: the recording of ses_1 is missing, and no record says that it was removed'],
      1,
    ]);
  });

  it('what the log says to be removed meanwhile is', async () => {
    const ses_1 = { ...(await recorded('ses_1')), removed: true };
    const found = await check({ ses_1 }, () => rm(at('ses_1'), { recursive: true }));
    expect([told(found), found.removed]).toEqual([[], 1]);
  });

  it('what begins and ends after the listing is not missed', async () => {
    const ses_1 = await recorded('ses_1');
    await rename(at('ses_1'), path.join(top, 'later'));
    const found = await check({ ses_1 }, () => rename(path.join(top, 'later'), at('ses_1')));
    expect([told(found), found.intact]).toEqual([[], 1]);
  });

  it('what cannot be read is told of, and others are looked at', async () => {
    const [ses_1, ses_2] = [await recorded('ses_1'), await recorded('ses_2')];
    for (const place of [top, folder]) await chmod(place, 0o755);
    await chmod(at('ses_1'), 0o000);
    const found = await asNobody(() => check({ ses_1, ses_2 }));
    expect([told(found), found.intact]).toEqual([
      ['gap: the recording of ses_1 cannot be read, so that nothing is known of it'],
      1,
    ]);
  });
});

describe('a recording that the log says to be removed', () => {
  const returned =
    'tampered: the recording of ses_1 is there, although the log says that it was removed';

  it('and that is there is told as tampered', async () => {
    const ses_1 = { ...(await recorded('ses_1')), removed: true };
    const found = await check({ ses_1 });
    expect([told(found), found.intact]).toEqual([[returned], 0]);
    const older = { ...ses_1, covered: false, closed: null };
    expect(told(await check({ ses_1: older }))).toEqual([returned]);
  });

  it('and that waits for the bucket to let go of it is only held against the log', async () => {
    const ses_1 = { ...(await recorded('ses_1')), removed: true };
    const stored = noted(ses_1, [track]);
    await writeUploadState(at('ses_1'), { ...nothingStored, stored, complete: true });
    expect(told(await check({ ses_1 }))).toEqual([]);
    await writeFile(at('ses_1', track), 'forged');
    expect(told(await check({ ses_1 }))).toEqual([
      `tampered: ${track} of ses_1 was changed: it is not what the log says that was recorded`,
    ]);
  });
});

it('more problems of one recording than fit on a stack are all told', async () => {
  await mkdir(at('ses_1'));
  const files = Array.from({ length: 200_000 }, (_, n) => ({
    ...{ name: `terminal-${n}.cast`, bytes: 1, sha256: 'ab' },
  }));
  expect((await check({ ses_1: toldOf(files) })).problems).toHaveLength(files.length);
});

/** Where root runs this, which may read everything. */
async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
