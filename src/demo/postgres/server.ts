import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresBinaries, ServerAccount } from './binaries.ts';
import type { Cluster } from './cluster.ts';

const patienceMs = 60_000;

/** One run of the postmaster. */
export interface RunningServer {
  readonly pid: number;
  /** Resolves when it ends, for whatever reason. */
  readonly ended: Promise<void>;
  /** SIGINT ends sessions and shuts down cleanly, SIGQUIT at once, SIGKILL is a crash. */
  end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
}

/**
 * Returns once the server answers at `reach`; throws with the end of its log when it does
 * not. It survives a Ctrl-C in this terminal.
 */
export async function runServer(
  binaries: PostgresBinaries,
  account: ServerAccount | null,
  cluster: Cluster,
  reach: pg.ClientConfig,
): Promise<RunningServer> {
  const log = openSync(logFile(cluster), 'a');
  const child = spawn(binaries.postgres, ['-D', cluster.data], {
    ...account,
    cwd: cluster.folder,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await answering(child, cluster, reach);
  const { pid } = child;
  if (pid === undefined) throw new Error('the server has no process');
  return {
    pid,
    ended,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await ended;
    },
  };
}

export function serverLog(cluster: Cluster): string {
  return readFileSync(logFile(cluster), 'utf8');
}

function logFile(cluster: Cluster): string {
  return path.join(cluster.folder, 'log');
}

async function answering(
  child: ChildProcess,
  cluster: Cluster,
  reach: pg.ClientConfig,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (await answers(reach)) return;
    await sleep(25);
  }
  child.kill('SIGQUIT');
  throw new Error(`PostgreSQL did not start:\n${serverLog(cluster).slice(-2000)}`);
}

async function answers(reach: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(reach);
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
