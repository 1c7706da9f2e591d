import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import type { DirectQuery } from './target.ts';

/** On each of the sample's tables: what tells them from others of the same name. */
const mark = 'sample of hoopx dev';

interface SampleTable {
  readonly name: 'customers' | 'orders' | 'accounts';
  readonly columns: string;
  readonly rows: string;
}

/** Each refers to those before it. */
const tables: readonly SampleTable[] = [
  {
    name: 'customers',
    columns: `id int PRIMARY KEY, name text NOT NULL, email text NOT NULL, country text NOT NULL,
      since date NOT NULL`,
    rows: `(1, 'Ada Lindgren', 'ada@example.com', 'SE', date '2021-03-14'),
      (2, 'Bruno Costa', 'bruno@example.com', 'PT', date '2021-07-02'),
      (3, 'Chidi Okafor', 'chidi@example.com', 'NG', date '2022-01-20'),
      (4, 'Dana Weiss', 'dana@example.com', 'DE', date '2022-05-09'),
      (5, 'Emi Tanaka', 'emi@example.com', 'JP', date '2023-02-28'),
      (6, 'Farid Haddad', 'farid@example.com', 'MA', date '2023-11-11')`,
  },
  {
    name: 'orders',
    columns: `id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
      status text NOT NULL, total numeric(10,2) NOT NULL, ordered_on date NOT NULL`,
    rows: `(1, 1, 'shipped', 129.00, date '2024-01-05'), (2, 2, 'shipped', 45.50, date '2024-01-09'),
      (3, 3, 'cancelled', 210.00, date '2024-01-17'), (4, 1, 'shipped', 18.20, date '2024-02-01'),
      (5, 4, 'paid', 340.75, date '2024-02-11'), (6, 5, 'cancelled', 75.00, date '2024-02-20'),
      (7, 2, 'paid', 12.99, date '2024-03-03'), (8, 6, 'open', 88.10, date '2024-03-08'),
      (9, 3, 'cancelled', 55.00, date '2024-03-15'), (10, 5, 'open', 149.90, date '2024-03-21')`,
  },
  {
    name: 'accounts',
    columns: `id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
      balance numeric(12,2) NOT NULL, closed boolean NOT NULL`,
    rows: `(1, 1, 1520.00, false), (2, 2, 0.00, true), (3, 3, 310.40, false),
      (4, 4, 9875.10, false), (5, 5, 0.00, true), (6, 6, 42.00, false)`,
  },
];

export const sampleTables = tables.map(({ name }) => name);

/** What the tour's write removes. */
const removable = "status = 'cancelled'";

/**
 * Makes the tables that are missing; those that are there stay as they are.
 * @returns the names of those it made
 * @throws UserError DEMO_TABLES (64) when one is somebody else's
 */
export async function prepareSample(query: DirectQuery): Promise<readonly string[]> {
  const found = await query(
    `SELECT name, obj_description(to_regclass(name), 'pg_class') AS mark
     FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL`,
    [sampleTables],
  );
  const foreign = found.filter((table) => table.mark !== mark).map(({ name }) => String(name));
  if (foreign.length > 0) throw notOurs(foreign);
  const missing = tables.filter(({ name }) => found.every((table) => table.name !== name));
  for (const { name, columns, rows } of missing) {
    await query(
      `BEGIN; CREATE TABLE ${name} (${columns}); INSERT INTO ${name} VALUES ${rows};
       COMMENT ON TABLE ${name} IS '${mark}'; COMMIT`,
    );
  }
  return missing.map(({ name }) => name);
}

export async function removeSample(query: DirectQuery, names: readonly string[]): Promise<void> {
  for (const name of names.toReversed()) await query(`DROP TABLE IF EXISTS ${name}`);
}

/** Sees to it that there is something to remove; returns what puts it back. */
export async function provideRemovableOrders(query: DirectQuery): Promise<() => Promise<void>> {
  const orders = tables.find(({ name }) => name === 'orders');
  const [present] = await query(`SELECT 1 AS one FROM orders WHERE ${removable} LIMIT 1`);
  if (present === undefined) {
    await query(`INSERT INTO orders SELECT * FROM (VALUES ${orders?.rows}) AS o
      (id, customer_id, status, total, ordered_on) WHERE ${removable} ON CONFLICT DO NOTHING`);
  }
  const [saved] = await query(`SELECT json_agg(o)::text AS rows FROM orders o WHERE ${removable}`);
  return async () => {
    const rows = [saved?.rows];
    await query(
      `INSERT INTO orders SELECT * FROM json_populate_recordset(NULL::orders, $1::json)
       ON CONFLICT DO NOTHING`,
      rows,
    );
  };
}

function notOurs(names: readonly string[]): UserError {
  return new UserError(`the database has tables of its own named ${names.join(', ')}`, {
    code: 'DEMO_TABLES',
    exitCode: exitCodes.usage,
    hint: 'The demo would let them be changed: give --postgres a database without them.',
  });
}
