import pg from 'pg';
import type { DirectQuery } from './target.ts';

/** Each on a connection of its own, so that a server that went away and came back is no matter. */
export function directQuery(config: pg.ClientConfig): DirectQuery {
  return async (sql, values = []) => {
    const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config });
    client.on('error', () => {});
    await client.connect();
    try {
      // Without values it may be several statements, and the answer then a list.
      const answer: pg.QueryResult | pg.QueryResult[] =
        values.length === 0 ? await client.query(sql) : await client.query(sql, [...values]);
      return (Array.isArray(answer) ? answer.at(-1)?.rows : answer.rows) ?? [];
    } finally {
      await client.end().catch(() => {});
    }
  };
}
