import { expect, it } from 'vitest';
import { lineClient } from './line-client.ts';
import { startedGateway } from './started-gateway.ts';

it('finds an open session by what it holds, from when it is held, and counts that once', async () => {
  await using gateway = await startedGateway({ operators: ['dba'] });
  const engineer = gateway.client('engineer');
  const tunnel = await engineer.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await engineer.openStream(tunnel.id));
  await lines.next();
  lines.send('select first');
  await lines.next();
  const held = async () => (await engineer.listRecordings({ verdict: 'review' })).items;
  expect(await held()).toEqual([]);

  lines.send('delete all');
  const id = (await lines.next())?.slice('held '.length) ?? '';
  const counted = { operations: 2, verdicts: { allow: 1, deny: 0, review: 1 } };
  expect(await held()).toMatchObject([{ state: 'open', refused: 0, ...counted }]);

  const reviewer = gateway.client('reviewer');
  const { digest } = await reviewer.request(id);
  await reviewer.decide(id, { kind: 'deny', digest });
  expect(await lines.next()).toContain('no DENIED_BY_REVIEWER');
  expect(await held()).toMatchObject([{ state: 'open', refused: 1, ...counted }]);
  lines.stream.end();
}, 60_000);
