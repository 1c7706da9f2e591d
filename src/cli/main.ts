import type { Interfaces } from '@oclif/core';
import { Config, Plugin } from '@oclif/core/config';
import { run } from '@oclif/core/run';
import { exitCodes } from '../core/exit-codes.ts';
import { HoopxCommand } from './base-command.ts';
import { describeFailure, failureText } from './failure.ts';

/** Runs one command of the package in the folder `root`, which `about` (its package.json) describes. */
export async function main(
  args: string[],
  root: string,
  about: Interfaces.PJSON,
  how: { readonly ignoreManifest: boolean } = { ignoreManifest: false },
): Promise<void> {
  nameTheRuntime();
  const options = { ...how, root, isRoot: true };
  try {
    if (!(await runOwn(args, { ...options, pjson: withoutPlugins(about) }))) {
      await run(args, { ...options, pjson: about });
    }
  } catch (error) {
    process.exit(report(error));
  }
}

/**
 * Starts a command of our own straight away. Help, suggestions and completion come from
 * plugins, and oclif's own way there reads the configuration three times.
 */
async function runOwn(args: string[], options: Interfaces.Options): Promise<boolean> {
  if (asksForHelp(args)) return false;
  const config = await Config.load(options.ignoreManifest ? await fromSources(options) : options);
  for (const words of [2, 1]) {
    const command = config.findCommand(args.slice(0, words).join(':'));
    if (command === undefined || args.length < words) continue;
    await HoopxCommand.start(await command.load(), args.slice(words), config);
    return true;
  }
  return false;
}

/** oclif reads the manifest of a root, and with it the built commands, whatever its options say. */
async function fromSources(options: Interfaces.Options): Promise<Interfaces.Options> {
  const plugin = new Plugin(options);
  await plugin.load();
  return { ...options, plugins: new Map([[plugin.name, plugin]]) };
}

function asksForHelp(args: string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--help');
}

function withoutPlugins(about: Interfaces.PJSON): Interfaces.PJSON {
  return { ...about, oclif: { ...about.oclif, plugins: [] } };
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
