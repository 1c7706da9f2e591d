import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from './require-peer.ts';
import { pause, type RunningSystem, startSystem } from './running-system.ts';

const tokenSeconds = 10;

/** Tokens that live for seconds, so that they end in the middle of what they were for, all at once. */
describeWith(['postgres'], 'a login that expires mid-session', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem({ tokenSeconds });
    await system.postgres.query('create table accounts (id int)');
  });
  afterAll(() => system[Symbol.asyncDispose]());

  async function clientOf(port: number) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'x' });
    const ended = new Promise<string>((resolve) => {
      client.on('error', (error) => resolve(error.message));
      client.on('end', () => resolve('the end'));
    });
    await client.connect();
    return { client, ended };
  }

  test.concurrent('without a refresh the session ends, with the reason, and the next command says 4', async () => {
    const env = { HOOPX_TOKEN: await system.provider.tokenFor('engineer') };
    const tunnel = await system.connect('engineer', { env });
    const { client, ended } = await clientOf(tunnel.port);
    await client.query('select 1');
    expect(await ended).toContain('login has expired');
    const { ended: refused } = { ended: clientOf(tunnel.port).catch((error) => error.message) };
    expect(await refused).toMatch(/hoopx: .*(login|token)/);
    await tunnel.said(/does not work.*(login|token)/);
    const again = await system.start('engineer', ['exec', 'pg-test', 'select 1'], { env });
    expect((await again.ended).code).toBe(4);
    tunnel.child.kill('SIGINT');
    await tunnel.ended;
  }, 60_000);

  test.concurrent('while exec is held: 4, and the request stays to be claimed', async () => {
    const env = { HOOPX_TOKEN: await system.provider.tokenFor('engineer') };
    const args = ['exec', 'pg-test', '--json', '--wait', '1m', 'insert into accounts values (1)'];
    const running = await system.start('engineer', args, { env });
    await running.said('held for approval');
    const ran = await running.ended;
    expect(ran.code).toBe(4);
    const reviewer = { HOOPX_TOKEN: await system.provider.tokenFor('reviewer') };
    const list = ['requests', 'list', '--state', 'pending', '--json'];
    const { stdout } = await (await system.start('reviewer', list, { env: reviewer })).ended;
    const { items } = JSON.parse(stdout);
    expect(items).toHaveLength(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ requestId: items[0].id, final: false });
  }, 60_000);

  test.concurrent('with a refresh it goes on, far past the end of the first token', async () => {
    const env = { HOOPX_TOKEN: '' };
    const login = await system.start('engineer', ['login', '--as', 'engineer'], { env });
    expect(await login.ended).toMatchObject({ code: 0 });
    const tunnel = await system.connect('engineer', { env });
    const { client, ended } = await clientOf(tunnel.port);
    let over: string | null = null;
    void ended.then((why) => {
      over = why;
    });
    const until = Date.now() + tokenSeconds * 2_200;
    while (Date.now() < until) {
      expect(over).toBeNull();
      await client.query('select 1');
      await pause(500);
    }
    await client.end();
    tunnel.child.kill('SIGINT');
    await tunnel.ended;
  }, 60_000);
});
