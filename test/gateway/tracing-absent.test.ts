import { expect, it, vi } from 'vitest';
import { startedGateway } from './started-gateway.ts';

const loaded = vi.hoisted(() => ({ times: 0 }));
vi.mock('@opentelemetry/sdk-trace', async (original) => {
  loaded.times += 1;
  return original();
});

it('loads nothing for traces unless the configuration asks', async () => {
  {
    await using plain = await startedGateway({ metrics: true });
    expect(plain.log.some(({ message }) => message.includes('traces'))).toBe(false);
    const told = await (await fetch(`${plain.metricsUrl()}/metrics`)).text();
    expect(told).not.toContain('hoopx_trace_spans_total{');
    expect(loaded.times).toBe(0);
  }
  const endpoint = 'http://127.0.0.1:9/v1/traces';
  await using asked = await startedGateway({
    tracing: { endpoint, headers: {}, ca: null, sample: 1 },
  });
  expect(asked.log.some(({ message }) => message.startsWith('traces are sent'))).toBe(true);
  expect(loaded.times).toBe(1);
});
