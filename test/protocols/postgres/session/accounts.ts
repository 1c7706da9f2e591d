import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';

/** A server with an empty table `accounts`. */
export async function startWithAccounts(): Promise<PostgresPeer> {
  const peer = await startPostgres();
  await peer.query('CREATE TABLE accounts (id int PRIMARY KEY, owner text)');
  return peer;
}

/** Leaves the five rows 1 to 5 in it, whatever the last test did. */
export async function refillAccounts(peer: PostgresPeer): Promise<void> {
  await peer.query('TRUNCATE accounts');
  await peer.query("INSERT INTO accounts SELECT g, 'o' || g FROM generate_series(1, 5) g");
}

export async function countAccounts(peer: PostgresPeer): Promise<unknown> {
  return (await peer.query('SELECT count(*)::int AS n FROM accounts'))[0]?.n;
}
