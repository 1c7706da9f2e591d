import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTmux } from '../tui/tmux.ts';
import { startChromium } from './chromium.ts';
import { type KubeSystem, startKubeExec } from './kube-system.ts';
import { clusterPeers } from './kubernetes/cluster.ts';
import { recordingOf } from './recorded.ts';
import { describeWith } from './require-peer.ts';
import type { RunningSystem } from './running-system.ts';

const peers = ['postgres', 'tmux', 'chromium', ...clusterPeers] as const;
const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

const shellWord = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

describeWith([...peers], 'recordings of Kubernetes', () => {
  let kube: KubeSystem;
  let system: RunningSystem;
  beforeAll(async () => {
    kube = await startKubeExec();
    system = kube.system;
  }, 180_000);
  afterAll(() => kube?.[Symbol.asyncDispose]());

  /** All that was recorded of sessions in which that was said. */
  async function saying(text: string) {
    const { items } = await system.client('engineer').listRecordings({ text });
    const all = items.map(async ({ id }) => (await recordingOf(system, id)).events);
    return (await Promise.all(all)).flat();
  }

  test('what is refused leaves its verdict, and no exchange', async () => {
    const args = ['connect', 'k8s', '--', 'kubectl', 'delete', 'pod', 'web', '--wait=false'];
    expect((await system.run('engineer', ...args)).code).toBe(1);
    const events = await saying('delete pods web');
    expect(events.find(({ verdict }) => verdict === 'deny')).toMatchObject({ ran: false });
    expect(events.some(({ method }) => method === 'DELETE')).toBe(false);
  });

  test.each([
    ['WebSocket', 'true'],
    ['SPDY', 'false'],
  ])(
    'kubectl exec over %s: output, exit, and the digest of its input',
    async (name, webSockets) => {
      const script = `tr a-z A-Z; echo ${name}-end; exit 7`;
      const words = ['kubectl', 'exec', '-i', 'web', '--', 'sh', '-c', script];
      const ran = await (
        await system.start('engineer', ['connect', 'k8s', '--', ...words], {
          ...{ input: 'over here\n', env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets } },
        })
      ).ended;
      expect([ran.code, ran.stdout], ran.stderr).toEqual([7, `OVER HERE\n${name}-end\n`]);
      await expect.poll(async () => (await saying(`${name}-end`)).at(-1)?.type).toBe('ended');
      const events = await saying(`${name}-end`);
      const output = events.filter(({ type }) => type === 'output');
      expect(output.map(({ text }) => text).join('')).toBe(ran.stdout);
      const end = events.find(({ type }) => type === 'channel_end');
      expect(end).toMatchObject({ exit: 7, stdin: { bytes: 10 } });
      expect(events.find(({ status }) => status === 101)).toMatchObject({ type: 'exchange' });
    },
  );

  test('kubectl exec -it is an asciicast, which plays in a terminal and in a browser', async () => {
    const kubectl = 'kubectl exec -it web -- sh';
    const { environment, folder } = system;
    const own = Object.entries(await environment('engineer'));
    await using tmux = await startTmux(90, 24);
    const variables = own.map(([name, value]) => `export ${name}=${shellWord(value)}\n`).join('');
    await writeFile(path.join(tmux.folder, 'env'), variables, { mode: 0o600 });
    const hoopx = `${process.execPath} ${program}`;
    await tmux.keys(`. ${tmux.folder}/env; clear; ${hoopx} connect k8s -- ${kubectl}`, 'Enter');
    await tmux.until(/[$#] *\n*$/);
    await tmux.keys('stty size; printf "\\033[32mgreen\\033[0m-%s\\n" said', 'Enter');
    await tmux.until('green-said');
    await tmux.keys('exit 3', 'Enter');
    await tmux.until(/exit code 3[\s\S]*ready>/);
    const { items } = await system.client('engineer').listRecordings({ text: 'green-said' });
    const id = items[0]?.id ?? '';
    const file = path.join(folder, 'recordings', id, 'terminal-1.cast');
    const cast = await readFile(file, 'utf8');
    const [head = '', ...lines] = cast.trimEnd().split('\n');
    expect(JSON.parse(head)).toMatchObject({ version: 3 });
    // kubectl tells the size once it is connected.
    const resized = lines.map((line) => JSON.parse(line)).find(([, code]) => code === 'r');
    expect(resized).toEqual([expect.any(Number), 'r', '90x24']);
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual([expect.any(Number), 'x', '3']);

    await tmux.keys(`clear; ${hoopx} sessions replay ${id} --speed 8`, 'Enter');
    await tmux.until(/green-said[\s\S]*space pause/);
    await tmux.keys('q');
    await tmux.until(/ready> *\n*$/);
    const page = await system.run('engineer', 'sessions', 'export', id, '--html');
    const html = path.join(folder, 'exec.html');
    await writeFile(html, page.stdout);
    await using chromium = await startChromium();
    const tab = await chromium.context.newPage();
    await tab.goto(`file://${html}`);
    await tab.locator('.ap-player').click();
    await expect.poll(() => tab.locator('.ap-term').innerText()).toContain('24 90');
  });
});
