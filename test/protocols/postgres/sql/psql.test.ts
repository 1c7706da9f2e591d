import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { decide } from './shared-parser.ts';

const commands =
  `\\d accounts|\\d+ accounts|\\d accounts_id_seq|\\d accounts_pkey|\\d v|\\d+ v|\\d child
  |\\l|\\l+|\\dt|\\dt+|\\du|\\du+|\\dg|\\df|\\df+|\\da|\\dn|\\dn+|\\dv|\\dv+|\\dm|\\di|\\di+|\\ds|\\dp
  |\\ddp|\\dx|\\dx+|\\dT|\\dT+|\\do|\\dC|\\dC+|\\dD|\\dE|\\des|\\deu|\\dew|\\det|\\dF|\\dFd|\\dFp|\\dFt
  |\\dP|\\dRp|\\dRs|\\dy|\\drds|\\dO|\\dL|\\db|\\db+|\\dc|\\dd|\\dl|\\dA|\\dAc|\\dAf|\\dAo|\\dAp
  |\\dconfig|\\dX|\\sf f|\\sv v|\\z|\\encoding|\\conninfo`
    .split('|')
    .map((command) => command.trim());

const sample = `
  CREATE TABLE accounts (id serial PRIMARY KEY, owner text NOT NULL DEFAULT current_user,
    balance numeric CHECK (balance >= 0));
  CREATE TABLE child (id int REFERENCES accounts) PARTITION BY RANGE (id);
  CREATE VIEW v AS SELECT * FROM accounts;
  CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE TRIGGER t BEFORE UPDATE ON accounts FOR EACH ROW
    EXECUTE FUNCTION suppress_redundant_updates_trigger();
  CREATE POLICY p ON accounts USING (true);
  CREATE STATISTICS s ON id, owner FROM accounts;
  CREATE PUBLICATION pub FOR TABLE accounts;`;

describeWith(['postgres', 'psql'], 'what psql itself asks', () => {
  let server: PostgresPeer;

  beforeAll(async () => {
    server = await startPostgres({ config: { fsync: 'off' } });
    await server.query(sample);
  });
  afterAll(() => server?.stop());

  it('only reads, whatever \\d… command it is for', async () => {
    const { stdout } = await server.psql('-E', ...commands.flatMap((command) => ['-c', command]));
    const queries = [...stdout.matchAll(/^\*+ QUERY \*+\n([\s\S]*?)\n\*+$/gm)].map(
      ([, sql]) => sql ?? '',
    );
    expect(queries.length).toBeGreaterThan(80);
    for (const sql of queries) {
      const { facts, barred } = decide(sql);
      expect(barred, sql).toBeUndefined();
      expect(facts.classes, sql).toEqual(['read']);
    }
  });
});
