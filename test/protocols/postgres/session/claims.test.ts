import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { encodeParse } from '../../../../src/protocols/postgres/wire/frontend/parse.ts';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { refillAccounts, startWithAccounts } from './accounts.ts';
import { type Gated, startGated } from './gated.ts';
import { bind, execute, parse, query, rawClient, run, sync } from './raw-client.ts';

let peer: PostgresPeer;
let gated: Gated;

const one = 'DELETE FROM accounts WHERE id = $1';

async function modeAfter(...before: Buffer[]): Promise<string> {
  await using client = await rawClient(gated.port);
  for (const bytes of before.slice(0, -1)) {
    client.send(bytes);
    await client.ready();
  }
  client.send(before.at(-1) ?? sync);
  const request = await gated.held();
  await gated.deny('no');
  await client.ready();
  return request.mode;
}

/** A client that left must have been noticed, or the approval is still its own. */
async function nobodyThere(): Promise<void> {
  const text =
    "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
  while ((await peer.query(text)).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describeWith(['postgres'], 'what may be approved now and run later', () => {
  beforeAll(async () => {
    peer = await startWithAccounts();
  }, 60_000);

  beforeEach(async () => {
    await refillAccounts(peer);
    gated = await startGated(peer, { mode: 'claimable' });
    return () => gated[Symbol.asyncDispose]();
  });

  afterAll(() => peer?.stop());

  it('is only the first operation of a session, alone, with all input in its digest', async () => {
    const alone = Buffer.concat([run(one, '1'), sync]);
    expect(await modeAfter(query('SELECT 1'), alone)).toBe('live');
    expect(await modeAfter(query('BEGIN'), alone)).toBe('live');
    expect(await modeAfter(query("SET timezone = 'UTC'"), alone)).toBe('live');
    expect(await modeAfter(Buffer.concat([run('SELECT 1'), run(one, '1'), sync]))).toBe('live');
    expect(await modeAfter(query('COPY accounts FROM STDIN'))).toBe('live');
    expect(await modeAfter(alone)).toBe('claimable');
    expect(await modeAfter(query('DELETE FROM accounts'))).toBe('claimable');
  });

  it('runs once when claimed with the same values, and not with others', async () => {
    const asking = await rawClient(gated.port);
    asking.send(run(one, '1'), sync);
    const request = await gated.held();
    await asking[Symbol.asyncDispose]();
    await nobodyThere();
    await gated.approve(request);
    await using other = await rawClient(gated.port);
    other.send(run(one, '2'), sync);
    await gated.deny('other values');
    expect((await other.ready()).errors).toEqual(['42501']);
    await using claiming = await rawClient(gated.port);
    claiming.send(run(one, '1'), sync);
    expect((await claiming.ready()).tags).toEqual(['DELETE 1']);
    expect((await gated.approvals.get(request.id))?.state).toBe('succeeded');
    await using again = await rawClient(gated.port);
    again.send(run(one, '1'), sync);
    expect((await gated.held()).id).not.toBe(request.id);
  });

  it('is another operation with other types, prepared under the same name', async () => {
    const digests = new Set<string>();
    for (const type of [23, 25]) {
      await using client = await rawClient(gated.port);
      client.send(
        encodeParse({ statement: 'x', text: one, parameterTypes: [type] }),
        parse('e', "EXECUTE x('1')"),
        bind('', 'e'),
        execute(''),
        sync,
      );
      digests.add((await gated.held()).digest);
      await gated.deny('no');
      await client.ready();
    }
    expect(digests.size).toBe(2);
  });
});
