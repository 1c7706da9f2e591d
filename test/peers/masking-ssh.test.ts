import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { detectorNames } from '../../src/core/masking.ts';
import { harmless, type Output, ownPattern, planted, textOf, writer } from './planted-output.ts';
import { describeWith } from './require-peer.ts';
import type { Ran, RunningSystem } from './running-system.ts';
import { type SshSystem, startSshSystem } from './ssh-system.ts';

type Way = 'exec' | 'exec with a terminal' | 'shell';
const ways: readonly Way[] = ['exec', 'exec with a terminal', 'shell'];

describeWith(['postgres', 'sshd', 'ssh'], 'a program of which the output is masked', () => {
  let ssh: SshSystem;
  let system: RunningSystem;
  let folder = '';
  let plans = 0;
  beforeAll(async () => {
    ssh = await startSshSystem({
      rules: [
        '{ name: commands pass, ssh: { kind: [exec, shell], class: [plain, opaque, unknown] }, then: allow }',
      ],
      masking: [
        `{ detectors: [${detectorNames.join(', ')}], patterns: { staff: "${ownPattern}" } }`,
      ],
    });
    system = ssh.system;
    folder = ssh.sshd.folder;
    await writeFile(path.join(folder, 'writer.mjs'), writer);
  });
  afterAll(() => ssh[Symbol.asyncDispose]());

  /** Through the gateway, with nothing of what is written in the command. */
  async function shown(output: Output, way: Way): Promise<Ran> {
    plans += 1;
    const plan = path.join(folder, `plan-${plans}.json`);
    await writeFile(plan, JSON.stringify(output));
    const command = `${process.execPath} ${path.join(folder, 'writer.mjs')} ${plan}`;
    const terminal = way === 'exec' ? ['-T'] : ['-tt'];
    const words = ['-F', ssh.config, ...terminal, 'host', ...(way === 'shell' ? [] : [command])];
    return ssh.run('ssh', words, way === 'shell' ? `${command}\nexit\n` : '').ended;
  }

  /** Of all files below the folder: as they are, and what the recordings among them say. */
  async function kept(): Promise<readonly string[]> {
    const entries = await readdir(system.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(
      files.map((file) => readFile(path.join(file.parentPath, file.name), 'utf8').catch(() => '')),
    );
    return [system.gateway.log(), ...texts, ...texts.map(said)];
  }

  test('shows, records, logs and keeps none of its secrets, whatever the chunking', async () => {
    const all: string[] = [];
    const property = fc.asyncProperty(planted, async (output) => {
      const ran = await Promise.all(ways.map((way) => shown(output, way)));
      for (const { stdout, stderr } of ran) {
        expect(stdout + stderr).toContain('[masked]');
        expectNone(output.secrets, [stdout, stderr]);
      }
      all.push(...output.secrets);
    });
    await fc.assert(property, { numRuns: 6, endOnFailure: true });
    await system.gateway.stop();
    const texts = await kept();
    expect(texts.filter((text) => text.includes('[masked]')).length).toBeGreaterThan(6);
    expectNone(all, texts);
    await system.gateway.start();
  });

  test('of which nothing is to be masked passes byte for byte', async () => {
    const property = fc.asyncProperty(harmless, async (output) => {
      const text = textOf(output);
      const [plain, terminal] = await Promise.all([
        shown(output, 'exec'),
        shown(output, 'exec with a terminal'),
      ]);
      expect(plain[output.stream]).toBe(text);
      expect(terminal.stdout).toBe(text.replaceAll('\n', '\r\n'));
    });
    await fc.assert(property, { numRuns: 4, endOnFailure: true });
  });
});

function expectNone(secrets: readonly string[], texts: readonly string[]): void {
  const plain = texts.map((text) => text.replaceAll('\r', ''));
  for (const secret of secrets) {
    const written = JSON.stringify(secret).slice(1, -1);
    const leaks = plain.filter((text) => text.includes(secret) || text.includes(written));
    expect(leaks, secret).toEqual([]);
  }
}

/** What a recording shows, joined: it is written in pieces that are cut anywhere. */
function said(text: string): string {
  let whole = '';
  for (const line of text.split('\n')) {
    if (!/^[[{]/.test(line)) continue;
    try {
      const event: unknown = JSON.parse(line);
      if (Array.isArray(event)) whole += event[1] === 'o' ? String(event[2]) : '';
      else if (typeof event === 'object' && event !== null && 'text' in event) whole += event.text;
    } catch {
      // No line of a recording.
    }
  }
  return whole;
}
