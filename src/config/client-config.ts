import path from 'node:path';
import { exitCodes } from '../core/exit-codes.ts';
import { safeText } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import type { ClientPaths } from './client-environment.ts';
import { readIfPresent } from './private-file.ts';

/** One gateway as the CLI's configuration names it; `ca` is an absolute path. */
export interface ClientEndpoint {
  readonly gateway: string | null;
  readonly ca: string | null;
}

/** The CLI's own configuration: `$XDG_CONFIG_HOME/hoopx/config.yaml` (or `.yml`, `.json`). */
export interface ClientConfig extends ClientEndpoint {
  /** Null when there is no file. */
  readonly file: string | null;
  readonly profiles: Readonly<Record<string, ClientEndpoint>>;
}

const names = ['config.yaml', 'config.yml', 'config.json'] as const;
const absent: ClientConfig = { file: null, gateway: null, ca: null, profiles: {} };

/** @throws UserError BAD_CLIENT_CONFIG, exit 78 */
export async function readClientConfig(paths: ClientPaths): Promise<ClientConfig> {
  for (const name of names) {
    const file = path.join(paths.config, name);
    // Looked for first: the loader below costs more to import than most commands take.
    const content = await readIfPresent(file);
    if (content !== null) return load(file, content);
  }
  return absent;
}

async function load(file: string, text: string): Promise<ClientConfig> {
  const content = await loadFile(file, text);
  const { z } = await import('zod');
  const endpoint = { gateway: z.string().nullish(), ca: z.string().nullish() };
  const schema = z.strictObject({
    ...endpoint,
    profiles: z.record(z.string(), z.strictObject(endpoint)).nullish(),
  });
  const checked = schema.safeParse(content ?? {});
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const key = issue?.path.join('.') ?? '';
    throw badConfig(file, key === '' ? `${issue?.message}` : `${key}: ${issue?.message}`);
  }
  const profiles = Object.entries(checked.data.profiles ?? {});
  return {
    file,
    ...endpointOf(file, checked.data),
    profiles: Object.fromEntries(profiles.map(([name, value]) => [name, endpointOf(file, value)])),
  };
}

/**
 * Only cosmiconfig's loaders for data are used. Its explorer would first look for settings of
 * its own in the working folder, and run what it finds there as code.
 */
async function loadFile(file: string, content: string): Promise<unknown> {
  const { defaultLoaders } = await import('cosmiconfig');
  const load = defaultLoaders[file.endsWith('.json') ? '.json' : '.yaml'];
  try {
    return await load(file, content);
  } catch (error) {
    throw badConfig(file, error instanceof Error ? error.message : String(error), error);
  }
}

function endpointOf(
  file: string,
  value: { gateway?: string | null | undefined; ca?: string | null | undefined },
): ClientEndpoint {
  return {
    gateway: value.gateway ?? null,
    ca: value.ca == null ? null : path.resolve(path.dirname(file), value.ca),
  };
}

function badConfig(file: string, message: string, cause?: unknown): UserError {
  return new UserError(`${file}: ${safeText(message)}`, {
    code: 'BAD_CLIENT_CONFIG',
    exitCode: exitCodes.badConfiguration,
    hint: 'It may hold gateway, ca, and profiles: { NAME: { gateway, ca } }.',
    cause,
  });
}
