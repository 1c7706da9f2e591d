import path from 'node:path';
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
    if (!(await runOwn(args, about, options))) {
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
async function runOwn(
  args: string[],
  about: Interfaces.PJSON,
  options: Interfaces.Options & { readonly ignoreManifest: boolean },
): Promise<boolean> {
  if (asksForHelp(args)) return false;
  const config = await Config.load(
    options.ignoreManifest ? await fromSources(options, about) : built(options, about),
  );
  // Of the package, wherever its manifest was: `dev` starts the program anew from there.
  config.root = options.root;
  for (const words of [2, 1]) {
    const command = config.findCommand(args.slice(0, words).join(':'));
    if (command === undefined || args.length < words) continue;
    await HoopxCommand.start(await command.load(), args.slice(words), config);
    return true;
  }
  return false;
}

/** The manifest in dist/ only says where the commands are: it is read in no time. */
function built(options: Interfaces.Options, about: Interfaces.PJSON): Interfaces.Options {
  const root = path.join(options.root, 'dist');
  return { ...options, root, pjson: alone(about, './commands'), userPlugins: false };
}

/** oclif reads the manifest of a root, and with it the built commands, whatever its options say. */
async function fromSources(
  options: Interfaces.Options,
  about: Interfaces.PJSON,
): Promise<Interfaces.Options> {
  const sources = { ...options, pjson: alone(about, about.oclif.commands) };
  const plugin = new Plugin(sources);
  await plugin.load();
  return { ...sources, plugins: new Map([[plugin.name, plugin]]) };
}

function asksForHelp(args: string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--help');
}

function alone(
  about: Interfaces.PJSON,
  commands: Interfaces.PJSON['oclif']['commands'],
): Interfaces.PJSON {
  return { ...about, oclif: { ...about.oclif, plugins: [], ...(commands && { commands }) } };
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
