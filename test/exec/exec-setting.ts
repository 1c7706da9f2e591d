import { expect } from 'vitest';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import type { ExecBench } from './exec-bench.ts';

type Policy = GatewayConfig['policy'];
type Work = () => Promise<void>;

/** Leaves five rows in `accounts`, whatever the last test did. */
export async function refill({ postgres }: ExecBench): Promise<void> {
  await postgres.query('drop table if exists accounts');
  await postgres.query('create table accounts as select g id from generate_series(1, 5) g');
}

export async function accounts({ postgres }: ExecBench): Promise<number> {
  const [row] = await postgres.query('select count(*)::int n from accounts');
  return Number(row?.n);
}

/** While `work` runs, the chain `dba` is this. */
export function withChain(bench: ExecBench, dba: Policy['chains'][string], work: Work) {
  return withPolicy(bench, { chains: { dba } }, work);
}

/** While `work` runs, the rules are these. */
export function withRules(bench: ExecBench, rules: Policy['rules'], work: Work) {
  return withPolicy(bench, { rules }, work);
}

async function withPolicy(bench: ExecBench, changes: Partial<Policy>, work: Work): Promise<void> {
  let before: Partial<Policy> = {};
  await bench.reload((config) => {
    before = config.policy;
    return { ...config, policy: { ...config.policy, ...changes } };
  });
  try {
    await work();
  } finally {
    const standing = before;
    await bench.reload((config) => ({ ...config, policy: { ...config.policy, ...standing } }));
  }
}

export async function until(what: () => Promise<boolean>): Promise<void> {
  await expect.poll(what, { timeout: 20_000, interval: 50 }).toBe(true);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
