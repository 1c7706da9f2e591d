import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries, ServerAccount } from '../../src/demo/postgres/binaries.ts';
import {
  type Cluster,
  type ClusterOptions,
  clusterIn,
  createCluster,
  furnishCluster,
} from '../../src/demo/postgres/cluster.ts';
import { runFolder } from '../run-folder.ts';

const execute = promisify(execFile);
const auth = 'scram-sha-256';

/** As `createCluster`; in a test run, a copy of what `initdb` has made once. */
export async function newCluster(
  binaries: PostgresBinaries,
  account: ServerAccount | null,
  folder: string,
  options: ClusterOptions,
): Promise<Cluster> {
  const run = runFolder();
  if (run === null || options.auth !== auth) {
    return createCluster(binaries, account, folder, options);
  }
  const template = path.join(run, `postgres-${binaries.version}`);
  if (!existsSync(template)) {
    const plain = { ...options, certificates: null, hba: [] };
    const made = await mkdtemp(path.join(run, 'made-'));
    await createCluster(binaries, account, made, plain);
    await rename(made, template).catch(() => rm(made, { recursive: true }));
  }
  const cluster = clusterIn(folder);
  await execute('cp', ['-a', clusterIn(template).data, cluster.data]);
  await furnishCluster(cluster, account, options);
  return cluster;
}
