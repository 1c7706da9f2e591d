import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from './gated.ts';
import { bind, execute, parse, query, rawClient, run, sync } from './raw-client.ts';

let peer: PostgresPeer;
let gated: Gated;

const wipe = "DELETE FROM logins WHERE at < '01/02/2026'";

describeWith(['postgres'], 'a reviewer is told', () => {
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query('CREATE TABLE logins (at date)');
  }, 60_000);

  beforeEach(async () => {
    gated = await startGated(peer);
    return () => gated[Symbol.asyncDispose]();
  });

  afterAll(() => peer?.stop());

  it('of a setting that gives the same statement another meaning', async () => {
    await using client = await rawClient(gated.port, peer.database);
    client.send(query("SET datestyle = 'ISO, DMY'"));
    await client.ready();
    client.send(query("SET application_name = 'x'"), query(wipe));
    await client.ready();
    const { presentation } = await gated.held();
    expect(presentation.notes).toEqual([
      "the session was changed before by: SET datestyle = 'ISO, DMY'",
    ]);
  });

  it('of a setting in the same pipeline, which nobody has answered yet', async () => {
    await using client = await rawClient(gated.port, peer.database);
    client.send(run("SET datestyle = 'ISO, DMY'"), run(wipe), sync);
    const { presentation, digest } = await gated.held();
    expect(presentation.notes).toEqual([
      "comes in one pipeline, after: SET datestyle = 'ISO, DMY'",
      "the session was changed before by: SET datestyle = 'ISO, DMY'",
    ]);
    client.socket.destroy();
    await gated.reached('cancelled');
    await using plain = await rawClient(gated.port, peer.database);
    plain.send(run(wipe), sync);
    expect((await gated.held()).digest).not.toBe(digest);
  });

  it('of a transaction that the same pipeline began', async () => {
    await using client = await rawClient(gated.port, peer.database);
    client.send(run('BEGIN'), parse('s', wipe), bind('p', 's'), execute('p'), sync);
    const { presentation } = await gated.held();
    expect(presentation.notes).toEqual(['comes in one pipeline, after: BEGIN']);
  });

  it('that more ran in the transaction than is listed', async () => {
    await using client = await rawClient(gated.port, peer.database);
    for (const text of ['BEGIN', ...Array.from({ length: 60 }, (_, at) => `SELECT ${at}`)]) {
      client.send(query(text));
      await client.ready();
    }
    client.send(query(wipe));
    const ran = (await gated.held()).presentation.transaction?.ran ?? [];
    expect(ran[0]).toBe('(11 earlier ones are not listed)');
    expect(ran.at(-1)).toBe('SELECT 59');
  });
});
