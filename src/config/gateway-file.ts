import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

const names = ['hoopx.gateway.yaml', 'hoopx.gateway.yml', 'hoopx.gateway.json'] as const;
const extensions: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);
const maxBytes = 1024 * 1024;

export interface GatewayFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the file at `file`, else `hoopx.gateway.yaml` (or `.yml`, `.json`) in `folder`.
 * Looked for by hand: cosmiconfig runs `.config/config.js` of the working folder as soon as
 * it is set up, and a configuration must never be able to execute.
 */
export async function readGatewayFile(
  file: string | undefined,
  folder: string,
): Promise<GatewayFile> {
  if (file === undefined) return search(folder);
  const absolute = path.resolve(folder, file);
  const text = await readText(absolute);
  if (text === null) throw unreadable(absolute, 'there is no such file');
  return { path: absolute, text };
}

async function search(folder: string): Promise<GatewayFile> {
  for (const name of names) {
    const file = path.join(folder, name);
    const text = await readText(file);
    if (text !== null) return { path: file, text };
  }
  throw new UserError(`there is no ${names[0]} in ${folder}`, {
    code: 'NO_CONFIG',
    exitCode: exitCodes.badConfiguration,
    hint: 'Name the file with --config FILE.',
  });
}

/** Null when there is no such file. */
async function readText(file: string): Promise<string | null> {
  if (!extensions.has(path.extname(file))) {
    throw unreadable(file, 'a configuration is a .yaml, .yml or .json file');
  }
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw unreadable(file, 'it is larger than 1 MiB');
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): UserError {
  return new UserError(`${file}: ${why}`, {
    code: 'BAD_CONFIG',
    exitCode: exitCodes.badConfiguration,
    cause,
  });
}
