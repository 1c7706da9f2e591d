import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { EffectObserver } from './observed-effects.ts';
import { decide, factsOf } from './shared-parser.ts';

/**
 * What a parse tree cannot show, seen on a real server, so that docs/invariants/postgres-sql.md
 * says no less than the truth. The answer to each is the role that the gateway logs in as.
 */
describeWith(['postgres'], 'limits of the parse tree', () => {
  let server: PostgresPeer;
  let observer: EffectObserver;

  beforeAll(async () => {
    server = await startPostgres({ config: { fsync: 'off' } });
    observer = await EffectObserver.over(server);
  });
  afterAll(async () => {
    await observer?.close();
    await server?.stop();
  });

  it.each([
    ['a view with a function behind it', 'SELECT * FROM wiping_view', 'read', ''],
    [
      'a built-in name overloaded in search_path for the very argument types',
      "SELECT lower('X'::varchar)",
      'read',
      '',
    ],
    [
      'an operator of a built-in name, the same way',
      "SELECT 'x'::varchar - 'y'::varchar",
      'read',
      `CREATE FUNCTION minus(varchar, varchar) RETURNS int LANGUAGE sql AS 'SELECT wipe(1)';
       CREATE OPERATOR - (leftarg = varchar, rightarg = varchar, function = minus)`,
    ],
    [
      'attribute notation on a row of a table, which reads like a column',
      'SELECT o.wipe_row FROM orders o',
      'read',
      "CREATE FUNCTION wipe_row(orders) RETURNS int LANGUAGE sql AS 'SELECT wipe(1)'",
    ],
    [
      'a trigger',
      'INSERT INTO orders VALUES (5)',
      'write',
      'CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION on_insert()',
    ],
    [
      'a rule',
      'INSERT INTO orders VALUES (5)',
      'write',
      'CREATE RULE r AS ON INSERT TO orders DO ALSO DELETE FROM accounts',
    ],
    [
      'a cast that is implicit',
      "INSERT INTO wiped_by_domain VALUES ('x')",
      'write',
      'CREATE TABLE wiped_by_domain (a wiper)',
    ],
    [
      'row security with a function behind it',
      'SELECT * FROM orders',
      'read',
      `CREATE POLICY p ON orders USING (wipe(1) = 1); ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
       CREATE ROLE plain; GRANT ALL ON ALL TABLES IN SCHEMA public TO plain;
       GRANT USAGE ON SCHEMA public TO plain; SET ROLE plain`,
    ],
  ])('%s', async (_limit, sql, classes, setUp) => {
    expect(factsOf(sql).classes.join(' ')).toBe(classes);
    const { effects, error } = await observer.observe(sql, setUp);
    expect(error).toBeNull();
    expect([...effects]).toContain('data');
  });

  it('would read another text than the server with standard_conforming_strings off, so that is barred', async () => {
    const off = 'SET standard_conforming_strings = off';
    const hidden = "SELECT '\\', $$'; DELETE FROM accounts; --$$";
    expect(factsOf(hidden).classes).toEqual(['read']);
    expect((await observer.observe(hidden, off)).effects).toContain('data');
    expect((await observer.observe(hidden)).effects).not.toContain('data');
    expect(decide(off).barred).toBeDefined();
  });
});
