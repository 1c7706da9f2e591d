import { loadSqlParser } from '../src/protocols/postgres/sql/parser.ts';

/**
 * What the facts of a statement cost: new ones, each text seen for the first time, and ones that
 * are remembered. Run: npx tsx bench/sql-facts.ts
 */
const rounds = 20;
const perRound = 2_000;
const options = { trustedFunctions: [] };

const shapes: Record<string, (n: number) => string> = {
  'select 1': (n) => `select ${n}`,
  'select by key': (n) => `SELECT abalance FROM pgbench_accounts WHERE aid = ${n}`,
  'update by key': (n) => `UPDATE accounts SET balance = balance + ${n} WHERE id = 17`,
  'insert values': (n) => `INSERT INTO orders (id, note) VALUES (${n}, 'x') RETURNING id`,
  'join of three': (n) =>
    `SELECT c.name, o.id, sum(i.price) FROM customers c JOIN orders o ON o.customer = c.id ` +
    `JOIN items i ON i.order_id = o.id WHERE c.id = ${n} GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 10`,
};

const parser = await loadSqlParser();
let next = 1;

function microseconds(work: () => void): number {
  const started = process.cpuUsage();
  for (let index = 0; index < perRound; index += 1) work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / perRound;
}

function median(values: number[]): string {
  const sorted = values.sort((a, b) => a - b);
  return (sorted[sorted.length >> 1] ?? 0).toFixed(2).padStart(8);
}

console.log('CPU microseconds per statement, median of rounds');
console.log(`${''.padEnd(16)}     new  remembered`);
for (const [name, shape] of Object.entries(shapes)) {
  const fresh: number[] = [];
  const kept: number[] = [];
  const same = shape(0);
  for (let round = 0; round < rounds; round += 1) {
    fresh.push(microseconds(() => parser.decidable(shape(next++), options)));
    kept.push(microseconds(() => parser.decidable(same, options)));
  }
  console.log(`${name.padEnd(16)}${median(fresh)}    ${median(kept)}`);
}
