import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../src/core/rules.ts';
import { UserError } from '../../src/core/user-error.ts';
import { type SignalSource, untilStopped } from '../../src/gateway/stopping.ts';
import { lineClient } from './line-client.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

const denyReads: RuleSpec = { name: 'no reads', sql: { class: ['read'] }, then: 'deny' };

async function openLines(
  gateway: StartedGateway,
  account: string,
  mode: 'live' | 'claimable' = 'live',
) {
  const api = gateway.client(account);
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode });
  const lines = lineClient(await api.openStream(tunnel.id));
  expect(await lines.next()).toBe('hello');
  const more = async () => {
    const another = lineClient(await api.openStream(tunnel.id));
    expect(await another.next()).toBe('hello');
    return another;
  };
  return { api, tunnel, lines, more };
}

describe('a configuration that is read again', () => {
  it('binds new sessions, while open ones keep the rules that they began with', async () => {
    await using gateway = await startedGateway();
    const { lines, more } = await openLines(gateway, 'engineer');
    gateway.configure((config) => ({
      ...config,
      revision: 'sha256:second',
      policy: { ...config.policy, revision: 'sha256:second', rules: [denyReads] },
    }));
    expect(await gateway.reload()).toBe(true);
    lines.send('select 1');
    expect(await lines.next()).toBe('ok select 1');
    const later = await more();
    later.send('select 1');
    expect(await later.next()).toMatch(/^no DENIED_BY_RULE/);
  }, 60_000);

  it('changes nothing when it is bad, and the log says what is wrong with it', async () => {
    await using gateway = await startedGateway();
    const { lines, more } = await openLines(gateway, 'engineer');
    gateway.configure((config) => ({
      ...config,
      policy: {
        ...config.policy,
        rules: [denyReads, { name: 'bad', then: 'review', chain: 'nobody' }],
      },
    }));
    expect(await gateway.reload()).toBe(false);
    expect(gateway.log).toContainEqual({
      level: 'error',
      message: expect.stringMatching(/refused.*no chain is named.*nobody/s),
    });
    for (const each of [lines, await more()]) {
      each.send('select 1');
      expect(await each.next()).toBe('ok select 1');
    }
  }, 60_000);

  it('closes a connection to those who may not use it any more', async () => {
    await using gateway = await startedGateway();
    const { api, tunnel } = await openLines(gateway, 'engineer');
    gateway.configure((config) => ({ ...config, connections: {} }));
    await gateway.reload();
    const lines = lineClient(await api.openStream(tunnel.id));
    expect(await lines.next()).toMatch(/^no CONNECTION_UNKNOWN/);
  }, 60_000);

  it('brings a new certificate into use', async () => {
    await using gateway = await startedGateway();
    const { makeCertificates } = await import('../peers/certificates.ts');
    const { Secret } = await import('../../src/core/secret.ts');
    const { cert, key } = await makeCertificates();
    gateway.configure((config) => ({
      ...config,
      gateway: { ...config.gateway, tls: { cert, key: new Secret(key) } },
    }));
    await gateway.client('engineer').whoami();
    await gateway.reload();
    const error = await gateway
      .client('engineer')
      .whoami()
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'GATEWAY_UNTRUSTED' });
  }, 60_000);
});

describe('a gateway that stops', () => {
  it('ends idle sessions, cancels what live clients wait for, and lets what runs finish', async () => {
    await using gateway = await startedGateway();
    const idle = await openLines(gateway, 'engineer');
    const held = await openLines(gateway, 'engineer');
    const running = await openLines(gateway, 'engineer');
    held.lines.send('delete a row');
    const id = (await held.lines.next())?.slice('held '.length) ?? '';
    running.lines.send('wait');
    expect(await running.lines.next()).toBe('waiting');
    const stopped = gateway.stop();
    expect(await idle.lines.next()).toBe('bye GATEWAY_STOPPING');
    expect(await held.lines.next()).toMatch(/^no GATEWAY_STOPPING/);
    await expect(
      running.api.openTunnel({ connection: 'pg-test', mode: 'live' }),
    ).rejects.toMatchObject({ code: 'GATEWAY_STOPPING' });
    running.lines.send('done');
    expect(await running.lines.next()).toBe('ran');
    expect(await running.lines.next()).toBe('bye GATEWAY_STOPPING');
    await stopped;
    await gateway.start();
    expect(await gateway.client('engineer').request(id)).toMatchObject({ state: 'cancelled' });
  }, 60_000);

  it('keeps what may be claimed later', async () => {
    await using gateway = await startedGateway();
    const { lines } = await openLines(gateway, 'engineer', 'claimable');
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    await gateway.stop();
    await gateway.start();
    const reviewer = gateway.client('reviewer');
    const request = await reviewer.request(id);
    expect(request.state).toBe('pending');
    await reviewer.decide(id, { kind: 'approve', digest: request.digest });
    const again = await openLines(gateway, 'engineer', 'claimable');
    again.lines.send('delete a row');
    expect(await again.lines.next()).toBe('ok delete a row');
  }, 60_000);

  it('waits no longer than its limit', async () => {
    await using gateway = await startedGateway({
      limits: { stopWithinMs: 300, farewellMs: 300 },
    });
    const { lines } = await openLines(gateway, 'engineer');
    lines.send('wait');
    await lines.next();
    const asked = performance.now();
    await gateway.stop();
    expect(performance.now() - asked).toBeLessThan(2_000);
  }, 60_000);
});

describe('an approval', () => {
  it('pitfall 43: lapses when it says, however often the requester connects anew', async () => {
    await using gateway = await startedGateway();
    gateway.configure((config) => {
      const { dba } = config.policy.chains;
      if (dba === undefined) throw new Error('no chain');
      const chains = { dba: { ...dba, runWithinMs: 1_500 } };
      return { ...config, policy: { ...config.policy, chains } };
    });
    await gateway.reload();
    const { api, tunnel, lines } = await openLines(gateway, 'engineer', 'claimable');
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    await api.closeTunnel(tunnel.id);
    const reviewer = gateway.client('reviewer');
    const { digest } = await reviewer.request(id);
    const { runBefore } = await reviewer.decide(id, { kind: 'approve', digest });
    await delay(1_000);
    await openLines(gateway, 'engineer', 'claimable');
    expect((await api.request(id)).runBefore).toBe(runBefore);
    await delay(700);
    const late = await openLines(gateway, 'engineer', 'claimable');
    late.lines.send('delete a row');
    expect(await late.lines.next()).toMatch(/^held req_/);
    expect((await api.request(id)).state).toBe('expired');
  }, 60_000);
});

describe('signals', () => {
  function signals() {
    const listeners = new Map<string, () => void>();
    const source: SignalSource = {
      on: (signal, listener) => listeners.set(signal, listener),
      off: (signal) => listeners.delete(signal),
    };
    return { source, send: (signal: string) => listeners.get(signal)?.(), listeners };
  }

  it('reload, stop, and the second time do not wait', async () => {
    const calls: string[] = [];
    const { source, send, listeners } = signals();
    const gateway = {
      url: '',
      reload: async () => calls.push('reload') > 0,
      close: () => {
        calls.push('close');
        return new Promise<void>(() => {});
      },
    };
    let started: () => void = () => {};
    const starting = new Promise<void>((resolve) => {
      started = resolve;
    });
    const outcome = untilStopped(() => starting.then(() => gateway), source);
    send('SIGHUP');
    started();
    await delay(10);
    expect(calls).toEqual(['reload']);
    send('SIGHUP');
    send('SIGTERM');
    await delay(10);
    expect(calls).toEqual(['reload', 'reload', 'close']);
    send('SIGINT');
    expect(await outcome).toBe('forced');
    expect(listeners.size).toBe(0);
  });

  it('that come while it starts stop it once it has started, as ever', async () => {
    const { source, send, listeners } = signals();
    let closed = false;
    const gateway = {
      url: '',
      reload: async () => true,
      close: async () => {
        closed = true;
      },
    };
    const outcome = untilStopped(() => delay(30, gateway), source);
    send('SIGTERM');
    expect(await outcome).toBe('finished');
    expect(closed).toBe(true);
    expect(listeners.size).toBe(0);
  });

  it('need not wait for one that does not start', async () => {
    const { source, send } = signals();
    const outcome = untilStopped(() => new Promise(() => {}), source);
    send('SIGTERM');
    send('SIGTERM');
    expect(await outcome).toBe('forced');
  });
});
