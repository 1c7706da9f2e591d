import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyFolder } from '../../src/audit/verify.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

const faults = fileURLToPath(new URL('fault-points.mjs', import.meta.url));

/** The built gateway, killed at each step between the intent and the checkpoint behind its outcome. */
describeWith(['postgres', 'psql'], 'a gateway that is killed', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    const audit = '{ anchors: [{ file: ./elsewhere.jsonl }] }';
    system = await startSystem({ audit });
    await system.postgres.query('create table accounts (id int)');
  }, 120_000);
  afterAll(() => system?.[Symbol.asyncDispose]());

  async function verify() {
    const text = await readFile(path.join(system.folder, 'elsewhere.jsonl'), 'utf8');
    const options = { key: null, reviewerKeys: null, since: null };
    const anchors = [{ name: 'elsewhere', text }];
    return verifyFolder(path.join(system.folder, 'hoopx.db-audit'), { ...options, anchors });
  }

  async function rows(id: number): Promise<number> {
    return (await system.postgres.query('select from accounts where id = $1', [id])).length;
  }

  test.each([
    { at: 'intent stored', state: 'unknown', ran: 0 },
    { at: 'outcome stored', state: 'succeeded', ran: 1 },
    { at: 'half of records written', state: 'succeeded', ran: 1 },
    { at: 'records written', state: 'succeeded', ran: 1 },
    { at: 'half of checkpoint written', state: 'succeeded', ran: 1 },
    { at: 'checkpoint written', state: 'succeeded', ran: 1 },
  ])(
    'at $at: the request is $state, and the log is whole',
    async ({ at, state, ran }) => {
      const number = Math.floor(Math.random() * 2 ** 30);
      await system.gateway.stop();
      const before = await verify();
      await system.gateway.start({ FAULT_POINT: at, NODE_OPTIONS: `--import=${faults}` });
      const tunnel = await system.connect('engineer');
      const url = `postgres://x@127.0.0.1:${tunnel.port}/app`;
      const psql = system.spawn('psql', [
        '-X',
        '-c',
        `insert into accounts values (${number})`,
        url,
      ]);
      const { id } = await system.held();
      await system.approve(id);
      if (at.includes('checkpoint')) {
        await psql.ended;
        await system.gateway.stop();
      }
      expect(await system.gateway.ended()).toMatchObject({ code: null });
      tunnel.child.kill();

      const cut = await verify();
      expect([cut.verdict, cut.findings]).toEqual(['verified', []]);
      await system.gateway.start();
      expect((await system.reached(id, state)).state).toBe(state);
      expect(await rows(number)).toBe(ran);
      await system.gateway.stop();
      const whole = await verify();
      expect([whole.verdict, whole.findings, whole.openIntents]).toEqual(['verified', [], []]);
      expect(whole.executions).toBe(before.executions + 1);
      expect(whole.anchored).toBe(whole.records);
    },
    90_000,
  );
});
