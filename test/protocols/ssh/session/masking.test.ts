import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, start, startGated } from './gated.ts';

const masking = maskingOf([ruleWith({ detectors: ['email', 'private-key'], strategy: 'redact' })]);

const everything: RuleSpec = {
  name: 'everything passes',
  ssh: { kind: ['exec', 'shell', 'scp'], class: ['plain', 'opaque', 'unknown'] },
  then: 'allow',
};

describeWith(['sshd', 'ssh', 'scp', 'ssh-keygen'], 'a masked session', () => {
  let peer: SshdPeer;
  let gated: Gated;

  beforeAll(async () => {
    peer = await startSshd();
    if (masking === null) throw new Error('nothing is masked');
    gated = await startGated(peer, { masking, rules: [everything] });
  });
  afterAll(async () => {
    await gated[Symbol.asyncDispose]();
    await peer.stop();
  });

  test('shows no address on standard output or standard error', async () => {
    const run = gated.ssh(
      'target',
      'echo to ann@example.com; echo from bob@example.com >&2; exit 7',
    );
    const { code, stdout, stderr } = await run.ended;
    expect(stdout.toString()).toBe('to [masked]\n');
    expect(stderr).toBe('from [masked]\n');
    expect(code).toBe(7);
  });

  test('nor one that comes in pieces', async () => {
    const command = 'printf "ann@"; sleep 0.01; printf "exam"; sleep 0.01; printf "ple.com\\n"';
    const { stdout } = await gated.ssh('target', command).ended;
    expect(stdout.toString()).toBe('[masked]\n');
  });

  test('nor in a shell with a terminal', async () => {
    const shell = gated.ssh('-tt', 'target');
    shell.child.stdin?.write('echo ann@"example.com"; exit\n');
    const { stdout } = await shell.ended;
    expect(stdout.toString()).toContain('[masked]');
    expect(stdout.includes('ann@example.com')).toBe(false);
  });

  test('holds a prompt without an end of line back for no longer than it may', async () => {
    const command = 'printf "name? ann"; sleep 1; date +%s%N >&2';
    const run = gated.ssh('target', command);
    const shown = new Promise<number>((resolve) => {
      run.child.stdout?.once('data', () => resolve(performance.now()));
    });
    const over = run.ended.then(() => performance.now());
    // Half of the second that the program sleeps: the prompt did not wait for what came next.
    expect((await over) - (await shown)).toBeGreaterThan(500);
  });

  test('passes everything else byte for byte, and the exit status behind it', async () => {
    const file = path.join(peer.folder, 'random');
    const bytes = randomBytes(3_000_000);
    await writeFile(file, bytes);
    const { code, stdout } = await gated.ssh('target', `cat ${file}; exit 3`).ended;
    // Of random bytes, some may look like an address; the few that do are masked alike.
    expect(stdout.equals(masking?.text?.mask(bytes) ?? bytes)).toBe(true);
    expect(code).toBe(3);
  });

  test('leaves what scp copies as it is', async () => {
    const from = path.join(peer.folder, 'people.txt');
    const to = path.join(peer.folder, 'copy.txt');
    await writeFile(from, 'ann@example.com\n');
    const scp = start('scp', ['-O', ...gated.options, `hoopx@target:${from}`, to]);
    expect((await scp.ended).code).toBe(0);
    expect(await readFile(to, 'utf8')).toBe('ann@example.com\n');
  });
});
