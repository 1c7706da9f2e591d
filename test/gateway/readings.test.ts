import { describe, expect, it } from 'vitest';
import { gatewaySource } from '../../src/cli/replay/recording-source.ts';
import { createControlClient } from '../../src/control/client.ts';
import { lineClient } from './line-client.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

/** As an account that logs in anew each time it is asked for a token. */
function renewing(gateway: StartedGateway, account: string) {
  const { ca } = gateway.certificates;
  const token = () => gateway.provider.tokenFor(account);
  return createControlClient({ url: gateway.url, ca, token });
}

/** A session of the engineer's, kept alive past its first token. */
async function session(gateway: StartedGateway) {
  const api = renewing(gateway, 'engineer');
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const beating = setInterval(() => void api.heartbeat(tunnel.id).catch(() => {}), 1_000);
  const lines = lineClient(await api.openStream(tunnel.id));
  await lines.next();
  const open = (await api.listSessions()).items.at(-1);
  const ask = async (line: string) => {
    lines.send(line);
    return await lines.next();
  };
  return {
    id: open?.id ?? '',
    ask,
    async end() {
      clearInterval(beating);
      lines.stream.end();
      await api.closeTunnel(tunnel.id);
    },
  };
}

describe('following a recording', () => {
  it('ends when its reader logs out, and the session goes on', async () => {
    await using gateway = await startedGateway({ operators: ['dba'] });
    const watched = await session(gateway);
    const { ca } = gateway.certificates;
    const token = await gateway.provider.tokenFor('reviewer');
    const reviewer = createControlClient({ url: gateway.url, ca, token: async () => token });
    const stream = await reviewer.recordingFile(watched.id, 'session.ndjson', true);
    let got = '';
    const all = (async () => {
      for await (const bytes of stream) got += bytes;
    })();
    expect(await watched.ask('select before')).toBe('ok select before');
    await expect.poll(() => got).toContain('select before');
    await reviewer.logout();
    await all;
    expect(await watched.ask('select after')).toBe('ok select after');
    expect(got).not.toContain('select after');
    await expect(reviewer.recordingFile(watched.id, 'session.ndjson', true)).rejects.toMatchObject({
      code: 'LOGIN_REQUIRED',
    });
    await watched.end();
  }, 60_000);

  it('goes on with the next token when one expires, without a line twice', async () => {
    await using gateway = await startedGateway({ operators: ['dba'], tokenSeconds: 4 });
    const watched = await session(gateway);
    const source = gatewaySource(renewing(gateway, 'reviewer'), watched.id);
    let got = '';
    const reading = (async () => {
      for await (const bytes of source.bytes('session.ndjson', true)) {
        got += Buffer.from(bytes).toString();
      }
    })();
    await watched.ask('select before');
    await expect.poll(() => got).toContain('select before');
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    await watched.ask('select after');
    await expect.poll(() => got).toContain('select after');
    await watched.end();
    await reading;
    const texts = got
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type ?? 'head');
    expect(texts).toEqual(['head', 'decided', 'decided', 'ended']);
  }, 60_000);
});
