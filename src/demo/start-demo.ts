import { chmod, writeFile } from 'node:fs/promises';
import { loadGatewayConfig } from '../config/load-gateway-config.ts';
import { loadAdapters } from '../gateway/adapters.ts';
import { type RunningGateway, startGateway } from '../gateway/gateway.ts';
import type { GatewayLog } from '../gateway/log.ts';
import { makeCertificates } from './certificates.ts';
import type { CleanUp } from './clean-up.ts';
import { type DemoFolder, openDemoFolder, removeDemoFolder, writeSecret } from './demo-folder.ts';
import { type DemoAddresses, leaveFolder, noteAddresses, takeFolder } from './demo-mark.ts';
import { writeGatewayFile } from './gateway-file.ts';
import { openGivenPostgres } from './given-postgres.ts';
import { listenAddress, requireFreePort } from './listen.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { type DemoProvider, startDemoProvider } from './provider.ts';
import type { DemoTarget } from './target.ts';

export interface DemoOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly dir: string | null;
  /** URL of a server to use instead of its own. */
  readonly postgres: string | null;
  readonly version: string;
  readonly log: GatewayLog;
  /** Told when the demo's own server ends before it was asked to. */
  readonly onPostgresEnded: () => void;
  readonly signal: AbortSignal;
}

/** Everything answers. */
export interface Demo {
  readonly gateway: string;
  readonly folder: DemoFolder;
  readonly provider: DemoProvider;
  readonly target: DemoTarget;
  /** Reads the configuration again. False when it was refused. */
  reload(): Promise<boolean>;
}

/** People who stop a demo do not wait for what is held in it. */
const limits = { stopWithinMs: 1_000, farewellMs: 1_000 };

/**
 * Starts gateway, provider and PostgreSQL; what ends them again is left to `cleanUp`, also
 * when it fails half way.
 */
export async function startDemo(options: DemoOptions, cleanUp: CleanUp): Promise<Demo> {
  const { signal, host } = options;
  const port = await requireFreePort(host, options.port);
  const folder = await openDemoFolder(options.dir);
  cleanUp.add(() => removeDemoFolder(folder));
  const last = await takeFolder(folder, process.pid);
  cleanUp.add(() => leaveFolder(folder));
  const provider = await startDemoProvider();
  cleanUp.add(provider.close);
  signal.throwIfAborted();
  const target = await openTarget(folder, options, cleanUp);
  signal.throwIfAborted();
  const addresses = {
    listen: listenAddress(host, port),
    issuer: provider.issuer,
    postgresPort: target.port,
  };
  await writeFiles(folder, { provider, target, addresses, last });
  const gateway = await runGateway(folder, options);
  cleanUp.add(gateway.close);
  signal.throwIfAborted();
  return { gateway: gateway.url, folder, provider, target, reload: gateway.reload };
}

async function openTarget(
  folder: DemoFolder,
  { postgres, onPostgresEnded }: DemoOptions,
  cleanUp: CleanUp,
): Promise<DemoTarget> {
  if (postgres !== null) {
    const given = await openGivenPostgres(postgres);
    cleanUp.add(given.close);
    if (given.password !== null) await writeSecret(folder, 'postgres-password', given.password);
    return given;
  }
  const own = await startOwnPostgres(folder);
  let closing = false;
  void own.ended.then(() => {
    if (!closing) onPostgresEnded();
  });
  cleanUp.add(() => {
    closing = true;
    return own.close();
  });
  return own;
}

interface Files {
  readonly provider: DemoProvider;
  readonly target: DemoTarget;
  readonly addresses: DemoAddresses;
  readonly last: DemoAddresses | null;
}

async function writeFiles(folder: DemoFolder, files: Files): Promise<void> {
  const { provider, target, addresses, last } = files;
  const { ca, cert, key } = await makeCertificates();
  await writeSecret(folder, 'gateway-key.pem', key.trim());
  await writeFile(folder.certificate, cert);
  await writeFile(folder.ca, ca);
  // They are public, and another account may be the one to look.
  for (const file of [folder.certificate, folder.ca]) await chmod(file, 0o644);
  await writeGatewayFile(folder, { addresses, identity: provider.identity, target }, last);
  await noteAddresses(folder, process.pid, addresses);
}

async function runGateway(folder: DemoFolder, options: DemoOptions): Promise<RunningGateway> {
  return startGateway(await loadGatewayConfig(folder.config), {
    clock: Date.now,
    log: options.log,
    version: options.version,
    adapters: await loadAdapters(),
    readConfig: () => loadGatewayConfig(folder.config),
    limits,
  });
}
