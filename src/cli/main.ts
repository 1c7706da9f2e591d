import { fileURLToPath } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { Config } from '@oclif/core/config';
import { flush } from '@oclif/core/flush';
import { run } from '@oclif/core/run';
import { exitCodes } from '../core/exit-codes.ts';
import { describeFailure, failureText } from './failure.ts';

/** Runs one command of the package at `root`, which `about` (its package.json) describes. */
export async function main(
  args: string[],
  root: URL,
  about: Interfaces.PJSON,
  how: { readonly ignoreManifest: boolean } = { ignoreManifest: false },
): Promise<void> {
  nameTheRuntime();
  try {
    await run(
      args,
      await configFor(args, about, { ...how, root: fileURLToPath(root), isRoot: true }),
    );
    await flush();
  } catch (error) {
    process.exit(report(error));
  }
}

/** The plugins know help, suggestions and completion: a command of our own starts without them. */
async function configFor(
  args: string[],
  about: Interfaces.PJSON,
  options: Interfaces.Options,
): Promise<Config> {
  const alone = { ...about, oclif: { ...about.oclif, plugins: [] } };
  const own = await Config.load({ ...options, pjson: alone });
  const isOwn = [1, 2].some((words) => own.findCommand(args.slice(0, words).join(':')));
  return isOwn ? own : await Config.load({ ...options, pjson: about });
}

/** Commands report their own failures and end with a code; the rest failed before or around them. */
function report(error: unknown): number {
  const failure = describeFailure(error);
  if (failure === null) return exitOf(error) ?? exitCodes.failure;
  process.stderr.write(`${failureText(failure)}\n`);
  return failure.exitCode;
}

function exitOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined;
  const { oclif } = error;
  const hasCode = typeof oclif === 'object' && oclif !== null && 'exit' in oclif;
  return hasCode && typeof oclif.exit === 'number' ? oclif.exit : undefined;
}

/**
 * What Node 21 and later have by themselves. Without it, pg tells its runtime by asking for
 * `Response`, and that loads all of fetch: 20 ms.
 */
function nameTheRuntime(): void {
  if ('navigator' in globalThis) return;
  const userAgent = `Node.js/${process.versions.node.split('.')[0]}`;
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent }, configurable: true });
}
