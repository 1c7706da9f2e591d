import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startedGateway } from '../gateway/started-gateway.ts';
import { receiver } from '../sinks/receiver.ts';
import { describeWith } from './require-peer.ts';

async function run(program: string, args: readonly string[], input = '') {
  const child = spawn(program, args, { timeout: 20_000 });
  child.stdin.on('error', () => {}).end(input);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}

describeWith(['curl', 'promtool'], 'metrics of a gateway', () => {
  test('are what Prometheus reads, sinks and anchors included', async () => {
    await using gateway = await startedGateway({ metrics: true });
    await using webhook = await receiver([500]);
    await gateway.stop();
    const { url, ca } = webhook;
    const sink = { kind: 'webhook', format: 'json', url, ca, secret: null } as const;
    const anchor = { kind: 'file', path: `${gateway.folder}/elsewhere "quoted".jsonl` } as const;
    gateway.configure((config) => ({
      ...config,
      audit: { ...config.audit, sinks: [sink], anchors: [anchor] },
    }));
    await gateway.start();
    await expect.poll(() => webhook.taken.length).toBeGreaterThan(0);
    const asked = await run('curl', ['-sSf', `${gateway.metricsUrl()}/metrics`]);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    const name = `webhook ${new URL(url).host}`;
    expect(asked.stdout).toContain(`hoopx_audit_sink_failures_total{sink="${name}"} 1`);
    expect(asked.stdout).toMatch(/hoopx_audit_sink_behind\{sink="webhook [^"]*"\} \d/);
    expect(asked.stdout).toMatch(/hoopx_audit_anchor_owed\{anchor="file [^}]*\} 0/);
    const { stdout, stderr } = await run('promtool', ['check', 'metrics'], asked.stdout);
    // Names that prom-client gives; nothing else is found fault with.
    const faults = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => !/^nodejs_active_|^$/.test(line));
    expect(faults).toEqual([]);
    const broken = await run('promtool', ['check', 'metrics'], `${asked.stdout}hoopx{ 1\n`);
    expect(broken.code).not.toBe(0);
  });
});
