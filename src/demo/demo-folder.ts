import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writePrivateFile } from '../config/private-file.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/** Where one demo keeps everything; all paths are absolute. */
export interface DemoFolder {
  readonly dir: string;
  /** Given by the user, and left to them; else it is removed at the end. */
  readonly kept: boolean;
  readonly config: string;
  /** The authority of the gateway's certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly secrets: string;
  readonly store: string;
  readonly postgres: string;
  /** The tour's own logins. */
  readonly tour: string;
  /** Marks a folder as a demo's, and says what was where at its last start. */
  readonly mark: string;
}

export type SecretName = 'gateway-key.pem' | 'postgres-password' | 'superuser-password';

/** @throws UserError DEMO_DIR (64) where a demo would overwrite what is not its own */
export async function openDemoFolder(given: string | null): Promise<DemoFolder> {
  const folder = layoutOf(given === null ? await temporaryFolder() : path.resolve(given), given);
  if (given === null) return folder;
  const { dir, mark } = folder;
  try {
    const created = await mkdir(dir, { recursive: true, mode: 0o700 });
    if (created !== undefined) await letServerPass(dir);
  } catch (cause) {
    throw unusable(`cannot make ${dir}: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
  if (existsSync(mark)) return folder;
  const strangers = [folder.config, folder.secrets, folder.store, folder.postgres];
  const stranger = strangers.find((file) => existsSync(file));
  if (stranger === undefined) return folder;
  throw unusable(`${stranger} is not a demo's, and would be overwritten`);
}

export async function removeDemoFolder({ dir, kept, tour }: DemoFolder): Promise<void> {
  await rm(kept ? tour : dir, { recursive: true, force: true, maxRetries: 5 });
}

export function secretFile({ secrets }: DemoFolder, name: SecretName): string {
  return path.join(secrets, name);
}

export async function writeSecret(
  folder: DemoFolder,
  name: SecretName,
  value: string,
): Promise<void> {
  await writePrivateFile(secretFile(folder, name), `${value}\n`);
}

export async function readSecret(folder: DemoFolder, name: SecretName): Promise<string> {
  return (await readFile(secretFile(folder, name), 'utf8')).trim();
}

export function randomPassword(): string {
  return randomBytes(18).toString('base64url');
}

function layoutOf(dir: string, given: string | null): DemoFolder {
  return {
    dir,
    kept: given !== null,
    config: path.join(dir, 'hoopx.gateway.yaml'),
    ca: path.join(dir, 'gateway-ca.pem'),
    certificate: path.join(dir, 'gateway-cert.pem'),
    secrets: path.join(dir, 'secrets'),
    store: path.join(dir, 'hoopx.db'),
    postgres: path.join(dir, 'postgres'),
    tour: path.join(dir, 'tour'),
    mark: path.join(dir, 'demo.json'),
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-demo-'));
  await letServerPass(folder);
  return folder;
}

/** As root, the server has an account of its own, which must get through to its data. */
async function letServerPass(folder: string): Promise<void> {
  if (process.getuid?.() === 0) await chmod(folder, 0o711);
}

function unusable(message: string, cause?: unknown): UserError {
  return new UserError(message, {
    code: 'DEMO_DIR',
    exitCode: exitCodes.usage,
    hint: 'Give --dir an empty folder, one of an earlier demo, or leave it out.',
    cause,
  });
}
