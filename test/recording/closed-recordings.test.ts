import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredFile } from '../../src/core/stored-file.ts';
import { openRecordings, type RecordingsOptions } from '../../src/recording/recordings.ts';
import type { ClosedRecording } from '../../src/recording/session-recording.ts';
import { nothingStored, writeUploadState } from '../../src/recording/upload-state.ts';
import { about, answer } from './recorded-session.ts';

const log = { info() {}, warn() {}, error() {} };
const required = { about, required: true, onFailure: () => {} };

let folder = '';
let told: (readonly [string, ClosedRecording])[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-closed-'));
  told = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Setting extends Partial<RecordingsOptions> {
  readonly recipients?: readonly string[];
  readonly keepForMs?: number;
}

function open({ recipients = [], keepForMs, ...options }: Setting = {}) {
  const limits = { rowLimit: 5, outputLimit: 100, keepBytes: null };
  return openRecordings({
    ...{ folder, clock: Date.now, log, store: null },
    settings: () => ({ ...limits, recipients, keepForMs: keepForMs ?? null }),
    onClosed: (id, closed) => void told.push([id, closed]),
    ...options,
  });
}

/** What lies in a session's folder, read anew. */
async function lying(id = 'ses_1'): Promise<readonly StoredFile[]> {
  const names = (await readdir(path.join(folder, id))).sort();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(folder, id, name));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { name, bytes: bytes.length, sha256 };
    }),
  );
}

/** Files below it that this process has open. */
function openFiles(below: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return file.startsWith(below) ? [file] : [];
    } catch {
      return [];
    }
  });
}

/** On a disk of that size, where one can be mounted. */
async function onDisk(size: string, skip: () => void, work: () => Promise<void>): Promise<void> {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    skip();
  }
  try {
    await work();
  } finally {
    execFileSync('umount', [folder], { stdio: 'ignore' });
  }
}

describe('a recording that could not be', () => {
  it('opened leaves nothing, and is told as never opened', (context) =>
    onDisk('64k', context.skip, async () => {
      const recordings = await open();
      const full = writeFile(path.join(folder, 'filling'), Buffer.alloc(2 ** 20));
      await expect(full).rejects.toMatchObject({ code: 'ENOSPC' });
      await expect(recordings.begin(required)).rejects.toThrow('the disk is full');
      const optional = await recordings.begin({ ...required, required: false });
      await optional.close(null);
      expect(await readdir(folder)).toEqual(['filling']);
      expect(told).toEqual(Array(2).fill(['ses_1', { state: 'never_opened', files: [] }]));
    }));

  it('opened, since one of that name is there, leaves that alone', async () => {
    await mkdir(path.join(folder, 'ses_1'));
    await writeFile(path.join(folder, 'ses_1', 'session.ndjson'), 'of another');
    await expect((await open()).begin(required)).rejects.toThrow('cannot be recorded');
    expect((await lying()).map(({ bytes }) => bytes)).toEqual([10]);
  });

  it('opened for one of its terminals ends the session, or is told as broken off', async () => {
    const start = { channel: 1, term: 'xterm', columns: 80, rows: 24, command: null };
    const taken = (id: string) => writeFile(path.join(folder, id, 'terminal-1.cast'), 'foreign');
    const ended: string[] = [];
    const onFailure = ({ code }: { code: string }) => void ended.push(code);
    const recordings = await open();
    const strict = await recordings.begin({ ...required, onFailure });
    await taken('ses_1');
    await expect(strict.terminal(start)).rejects.toThrow('cannot be recorded');
    expect(ended).toEqual(['RECORDING_UNAVAILABLE']);
    const other = { ...about, id: 'ses_2' };
    const optional = await recordings.begin({ about: other, required: false, onFailure });
    await taken('ses_2');
    await optional.terminal(start);
    for (const closed of [await strict.close(null), await optional.close(null)]) {
      expect(closed.state).toBe('broken_off');
      expect(closed.files.map(({ name }) => name)).toEqual(['meta.json', 'session.ndjson']);
    }
  });

  it('written to its end is told as broken off, with the very bytes that are there', (context) =>
    onDisk('64k', context.skip, async () => {
      const recordings = await open();
      const recording = await recordings.begin({ ...required, required: false });
      const terminal = await recording.terminal({
        ...{ channel: 1, term: 'xterm', columns: 80, rows: 24, command: null },
      });
      for (let n = 0; n < 100; n += 1) {
        await terminal.output(Buffer.from('y'.repeat(100)));
        await recording.note({ ...answer, tag: 'x'.repeat(3000) }, 1);
      }
      const closed = await recording.close(null);
      expect(closed.state).toBe('broken_off');
      expect(closed.files).toEqual(await lying());
      expect(closed.files.map(({ name }) => name)).toContain('terminal-1.cast');
    }));
});

describe('a recording that is closed', () => {
  it.each(['in the clear', 'encrypted'])('%s: each file as it is stored, once', async (how) => {
    const recipients =
      how === 'encrypted' ? [await identityToRecipient(await generateIdentity())] : [];
    const recordings = await open({ recipients });
    const recording = await recordings.begin(required);
    const terminal = await recording.terminal({
      ...{ channel: 1, term: 'xterm', columns: 80, rows: 24, command: null },
    });
    for (let n = 0; n < 200; n += 1) {
      await terminal.output(Buffer.from(`line ${n}\r\n`));
      await recording.note({ ...answer, tag: 'x'.repeat(1000) }, n);
    }
    await Promise.all([recording.close(null), recording.close(null)]);
    await recordings.settled();
    expect(told).toEqual([['ses_1', { state: 'complete', files: await lying() }]]);
    const ending = how === 'encrypted' ? '.sealed' : '';
    expect(told[0]?.[1].files.map(({ name }) => name)).toEqual([
      ...['meta.json', `session.ndjson${ending}`, `terminal-1.cast${ending}`],
    ]);
  });

  it('has the end of each terminal that was being opened, and of later ones nothing', async () => {
    const recipients = [await identityToRecipient(await generateIdentity())];
    const recording = await (await open({ recipients })).begin(required);
    const start = { channel: 1, term: 'xterm', columns: 80, rows: 24, command: null };
    const opening = recording.terminal(start);
    const closing = recording.close(null);
    const terminals = [await opening, await recording.terminal(start)];
    const { files } = await closing;
    for (const terminal of terminals) await terminal.output(Buffer.from('x'.repeat(100_000)));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(files).toEqual(await lying());
    expect(openFiles(folder)).toEqual([]);
  });

  it('does not vouch for what somebody else wrote to its file', async () => {
    const recording = await (await open()).begin(required);
    await recording.note(answer, 1);
    await appendFile(path.join(folder, 'ses_1', 'session.ndjson'), 'slipped in');
    const { files } = await recording.close(null);
    const name = ({ name }: StoredFile) => name === 'session.ndjson';
    expect(files.find(name)?.sha256).not.toBe((await lying()).find(name)?.sha256);
  });
});

describe('a recording that was never closed', () => {
  it('is taken as it lies there at the next start, and what the bucket has of it', async () => {
    const recording = await (await open()).begin(required);
    await recording.note(answer, 1);
    const here = await lying();
    const stored = [{ name: 'terminal-1.cast', bytes: 7, sha256: 'ab' }];
    await writeUploadState(path.join(folder, 'ses_1'), { ...nothingStored, stored });
    await open({ unclosed: ['ses_1', 'ses_gone'] });
    expect(told).toEqual([
      ['ses_1', { state: 'recovered', files: [...here, ...stored] }],
      ['ses_gone', { state: 'recovered', files: [] }],
    ]);
    await recording.close(null);
  });

  it('waits for another start where it cannot be read', async () => {
    await mkdir(path.join(folder, 'ses_1', 'session.ndjson'), { recursive: true });
    const errors: string[] = [];
    const listening = { ...log, error: (_: object, said: string) => void errors.push(said) };
    await open({ unclosed: ['ses_1'], log: listening });
    expect([told, errors]).toEqual([[], ['a recording that was cut off cannot be read']]);
  });
});

describe('what no gateway made', () => {
  const listening = () => {
    const said: string[] = [];
    const hear = (detail: object, message: string) =>
      void said.push(`${message}: ${JSON.stringify(detail)}`);
    return { said, log: { ...log, warn: hear, error: hear } };
  };
  const inFolder = (...names: string[]) => path.join(folder, ...names);

  it('is neither listed nor taken as left, where it is a link to a recording', async () => {
    await (await (await open()).begin(required)).close(null);
    told = [];
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'hoopx-elsewhere-'));
    try {
      await cp(inFolder('ses_1'), elsewhere, { recursive: true });
      await rm(inFolder('ses_1'), { recursive: true });
      await symlink(elsewhere, inFolder('ses_1'));
      const { said, log } = listening();
      const recordings = await open({ log, unclosed: ['ses_1'] });
      expect([told, recordings.list()]).toEqual([[], []]);
      expect(said.join()).toMatch(/cut off cannot be read.*left alone: .*"unreadable":\["ses_1"\]/);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('is not read, where it is a link in place of a file', async () => {
    await (await (await open()).begin(required)).close(null);
    await writeFile(inFolder('secret'), 'of another');
    await rm(inFolder('ses_1', 'session.ndjson'));
    await symlink('../secret', inFolder('ses_1', 'session.ndjson'));
    const entry = (await open()).find('ses_1');
    const signal = new AbortController().signal;
    const reading = entry?.bytes('session.ndjson', () => false, signal).next();
    await expect(reading).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it.each(['meta.json', 'upload.json', 'session.ndjson'])(
    'holds up no start, where %s is a pipe, or far too large',
    async (name) => {
      await (await (await open()).begin(required)).close(null);
      told = [];
      await rm(inFolder('ses_1', name), { force: true });
      execFileSync('mkfifo', [inFolder('ses_1', name)]);
      const { said, log } = listening();
      await open({ log, unclosed: ['ses_1'] });
      expect([told, said.length > 0]).toEqual([[], true]);
      if (name === 'session.ndjson') return;
      await rm(inFolder('ses_1', name));
      await writeFile(inFolder('ses_1', name), '');
      await truncate(inFolder('ses_1', name), 2 ** 30);
      expect((await open()).list()).toEqual([]);
    },
    10_000,
  );
});

describe('a recording that need not be kept', () => {
  async function ended(): Promise<void> {
    await (await (await open()).begin(required)).close(null);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  it('stays while that cannot be taken down', async () => {
    await ended();
    const recordings = await open({
      keepForMs: 1,
      onExpired: async () => {
        throw new Error('the log cannot be written');
      },
    });
    await recordings.sweep();
    expect(await readdir(folder)).toEqual(['ses_1']);
  });

  it('is told of once, before it is removed, however often that fails', async () => {
    await ended();
    const expired: string[] = [];
    let failures = 0;
    const recordings = await open({
      keepForMs: 1,
      async onExpired(id, why) {
        expired.push(`${id} ${why} ${(await readdir(folder)).length}`);
      },
      async onRemoved() {
        failures += 1;
        if (failures === 1) throw new Error('the store is locked');
      },
    });
    await Promise.all([recordings.sweep(), recordings.sweep()]);
    await recordings.sweep();
    expect([expired, failures, recordings.list()]).toEqual([['ses_1 age 1'], 2, []]);
  });
});
