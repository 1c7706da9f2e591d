import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RequestView } from '../../src/control/contract.ts';
import { describeWith } from './require-peer.ts';
import { pause, type RunningSystem, startSystem } from './running-system.ts';

/** Pitfall 46: whoever is first, there is one outcome, and the rows say the same. */
describeWith(['postgres'], 'races', () => {
  let system: RunningSystem;
  let tunnel: Awaited<ReturnType<RunningSystem['connect']>>;
  beforeAll(async () => {
    system = await startSystem({ approveWithin: '6s' });
    await system.postgres.query('create table accounts (id int)');
    tunnel = await system.connect('engineer');
  });
  afterAll(() => system[Symbol.asyncDispose]());

  interface Held {
    readonly client: pg.Client;
    readonly request: RequestView;
    /** `ran`, or the SQLSTATE. */
    readonly outcome: Promise<string>;
  }

  async function hold(id: number): Promise<Held> {
    const client = new pg.Client({ host: '127.0.0.1', port: tunnel.port, user: 'x' });
    client.on('error', () => {});
    await client.connect();
    const outcome = client.query(`insert into accounts values (${id})`).then(
      () => 'ran',
      (error: { code?: string }) => error.code ?? 'lost',
    );
    const text = `insert into accounts values (${id})`;
    for (;;) {
      const { items } = await system.client('engineer').listRequests({ mine: true, limit: 50 });
      const request = items.find(({ summary }) => summary === text);
      if (request !== undefined) return { client, request, outcome };
      await pause(20);
    }
  }

  async function copies(id: number): Promise<number> {
    const rows = await system.postgres.query('select 1 from accounts where id = $1', [id]);
    return rows.length;
  }

  async function consistent({ request, outcome, client }: Held, id: number): Promise<string> {
    const came = await outcome;
    await client.end();
    const { state } = await system.reached(
      request.id,
      'succeeded',
      'failed',
      'cancelled',
      'expired',
    );
    expect(await copies(id)).toBe(came === 'ran' ? 1 : 0);
    expect(state === 'succeeded').toBe(came === 'ran');
    return state;
  }

  const approval = (account: string, { id, digest }: RequestView) =>
    system.client(account).decide(id, { kind: 'approve', digest });

  test('pitfall 46: two reviewers at once: one decision counts, and it runs once', async () => {
    for (let round = 100; round < 115; round += 1) {
      const held = await hold(round);
      const kinds = ['approve', round % 2 === 0 ? 'deny' : 'approve'] as const;
      const decided = await Promise.allSettled(
        (['reviewer', 'reviewer2'] as const).map((account, index) =>
          system.client(account).decide(held.request.id, {
            kind: kinds[index] ?? 'approve',
            digest: held.request.digest,
          }),
        ),
      );
      expect(decided.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const came = await held.outcome;
      await held.client.end();
      expect(await copies(round)).toBe(came === 'ran' ? 1 : 0);
      const stored = await system.reached(held.request.id, 'succeeded', 'denied');
      expect(stored.decisions).toHaveLength(1);
      expect(stored.state === 'succeeded').toBe(came === 'ran');
    }
  }, 60_000);

  test('pitfall 46: an approval racing expiry', async () => {
    const race = async (held: Held, round: number) => {
      const due = Date.parse(held.request.expiresAt);
      await pause(due - Date.now() - 40 + (round % 12) * 5);
      const decided = await approval('reviewer', held.request).then(
        () => true,
        () => false,
      );
      const state = await consistent(held, round);
      expect(state === 'succeeded').toBe(decided);
    };
    const all: Promise<void>[] = [];
    for (let round = 200; round < 212; round += 1) all.push(race(await hold(round), round));
    await Promise.all(all);
  }, 90_000);

  test('pitfall 46: an approval racing Ctrl-C', async () => {
    for (let round = 300; round < 330; round += 1) {
      const held = await hold(round);
      const cancel = () => cancelRequest(held.client);
      const approve = () => approval('reviewer', held.request).catch(() => null);
      if (round % 2 === 0) {
        cancel();
        await approve();
      } else {
        const approving = approve();
        cancel();
        await approving;
      }
      expect(['succeeded', 'cancelled', 'failed']).toContain(await consistent(held, round));
    }
  }, 90_000);

  /** PostgreSQL documentation, 55.2.8. */
  function cancelRequest(client: pg.Client): void {
    const message = Buffer.alloc(16);
    const words = [
      16,
      80_877_102,
      Reflect.get(client, 'processID'),
      Reflect.get(client, 'secretKey'),
    ];
    for (const [index, word] of words.entries()) message.writeInt32BE(Number(word), index * 4);
    connect(tunnel.port, '127.0.0.1')
      .on('error', () => {})
      .end(message);
  }
});
