import { expect, it, vi } from 'vitest';
import { startedGateway } from './started-gateway.ts';

const loaded = vi.hoisted(() => ({ times: 0 }));
vi.mock('prom-client', async (original) => {
  loaded.times += 1;
  return original();
});

it('loads nothing and listens nowhere for metrics unless the configuration asks', async () => {
  {
    await using plain = await startedGateway();
    expect(plain.log.some(({ message }) => message.includes('metrics'))).toBe(false);
    expect(loaded.times).toBe(0);
  }
  await using asked = await startedGateway({ metrics: true });
  expect(asked.log.some(({ message }) => message.includes('metrics'))).toBe(true);
  expect(loaded.times).toBe(1);
});
