import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, type Started, start, startGated } from './gated.ts';

const rules: readonly RuleSpec[] = [
  {
    name: 'looking passes',
    ssh: { kind: ['sftp_read', 'sftp_list', 'sftp_stat'] },
    then: 'allow',
  },
  { name: 'writing is reviewed', ssh: { kind: ['sftp_write'] }, then: 'review', chain: 'ops' },
  { name: 'attributes pass', ssh: { kind: ['sftp_setstat'] }, then: 'allow' },
  { name: 'scp is reviewed', ssh: { kind: ['scp'] }, then: 'review', chain: 'ops' },
];

describeWith(['sshd', 'ssh', 'ssh-keygen', 'sftp', 'scp'], 'files', () => {
  let peer: SshdPeer;
  let local: string;
  const content = randomBytes(3_000_000);

  beforeAll(async () => {
    peer = await startSshd();
    local = path.join(peer.folder, 'local');
    writeFileSync(local, content);
  });
  afterAll(() => peer.stop());

  const remote = (name: string) => path.join(peer.folder, name);
  const sftp = (gated: Gated, ...lines: readonly string[]): Started => {
    const client = start('sftp', [...gated.options, '-b', '-', 'hoopx@target']);
    client.child.stdin?.end(`${lines.join('\n')}\n`);
    return client;
  };

  test('SFTP is off unless the configuration names it', async () => {
    await using gated = await startGated(peer, { rules });
    const { code, stderr } = await sftp(gated, 'ls /').ended;
    expect(stderr).toContain('the subsystem "sftp" is off for this connection');
    expect(code).not.toBe(0);
  });

  test('pitfall 19: SFTP works without a shell, and each file is decided', async () => {
    await using gated = await startGated(peer, { rules, target: { sftp: true } });
    const to = remote('put');
    const client = sftp(gated, `put ${local} ${to}`);
    const request = await gated.held();
    expect(request.summary).toContain(`write ${to}`);
    expect(request.presentation.inputNotReviewed).toBe('the contents of the file');
    expect(existsSync(to)).toBe(false);
    await client.said('held for approval');
    await gated.approve(request);
    const { code, stderr } = await client.ended;
    expect(code, stderr).toBe(0);
    expect(digest(readFileSync(to))).toBe(digest(content));
    await gated.reached('succeeded');
  });

  test('what is denied is a permission denied in SFTP, and the session goes on', async () => {
    await using gated = await startGated(peer, { rules, target: { sftp: true } });
    const { stderr, stdout } = await sftp(gated, `-rm ${local}`, `ls ${local}`).ended;
    expect(stderr).toMatch(/denied/i);
    expect(stdout.toString()).toContain(local);
    expect(existsSync(local)).toBe(true);
  });

  test('scp, in its SFTP mode and its own, brings files there and back', async () => {
    await using gated = await startGated(peer, { rules, target: { sftp: true } });
    for (const [name, flags] of [
      ['modern', []],
      ['legacy', ['-O']],
    ] as const) {
      const to = remote(name);
      const up = start('scp', [...gated.options, ...flags, local, `hoopx@target:${to}`]);
      await gated.approve();
      expect((await up.ended).code).toBe(0);
      expect(digest(readFileSync(to))).toBe(digest(content));
      const back = remote(`${name}-back`);
      const down = start('scp', [...gated.options, ...flags, `hoopx@target:${to}`, back]);
      if (name === 'legacy') await gated.approve();
      expect((await down.ended).code).toBe(0);
      expect(digest(readFileSync(back))).toBe(digest(content));
    }
    expect(gated.failures).toEqual([]);
  });
});

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
