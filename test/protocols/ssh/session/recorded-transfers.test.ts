import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RefusedError } from '../../../../src/core/refusal.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { keptNotes } from '../../../recording/kept-notes.ts';
import { start, startGated } from './gated.ts';

const full = new RefusedError({ code: 'RECORDING_UNAVAILABLE', message: 'the disk is full' });
const rules = [{ name: 'copies', ssh: { kind: ['exec', 'scp'] }, then: 'allow' }] as const;

describeWith(['sshd', 'ssh', 'scp', 'ssh-keygen'], 'a transfer that cannot be taken down', () => {
  let peer: SshdPeer;
  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  const failing = () =>
    keptNotes({ note: (note) => (note.type === 'file' ? Promise.reject(full) : undefined) });

  test.each(['up', 'down'])('ends with the reason, %s', async (direction) => {
    await using gated = await startGated(peer, { rules: [...rules], recorder: failing() });
    const [here, there] = [path.join(gated.folder, 'here'), path.join(gated.folder, 'there')];
    await writeFile(direction === 'up' ? here : there, 'contents');
    const remote = `hoopx@target:${there}`;
    const way = direction === 'up' ? [here, remote] : [remote, here];
    const { code, stderr } = await start('scp', ['-O', ...gated.options, ...way]).ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain('the disk is full');
    expect(gated.failures).toEqual([]);
  });
});
