import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ListedKey, parseKeyList } from '../audit/reviewer-key-list.ts';
import { type NoteKey, parseVerifier } from '../audit/signed-note.ts';
import { type Verification, verifyFolder } from '../audit/verify.ts';
import { readChecked } from '../config/checked-file.ts';
import { auditPlaces } from '../config/load-gateway-config.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

export interface VerifyAsk {
  /** Of the log's files; null takes what the gateway's configuration says. */
  readonly folder: string | null;
  readonly config: string | undefined;
  /** The log's public key, or a file that holds it. */
  readonly key: string | null;
  readonly anchors: readonly string[];
  readonly reviewerKeys: string | null;
  /** RFC 3339 or what `Date` reads. */
  readonly since: string | null;
}

/** `hoopx audit verify`. @throws UserError when what it is given cannot be read */
export async function verifyAudit(ask: VerifyAsk): Promise<Verification> {
  const folder = ask.folder ?? (await configuredFolder(ask.config));
  const anchors = ask.anchors.map(async (file) => ({ name: file, text: await readText(file) }));
  return verifyFolder(path.resolve(folder), {
    key: ask.key === null ? null : await keyFrom(ask.key),
    anchors: await Promise.all(anchors),
    reviewerKeys: ask.reviewerKeys === null ? null : await listFrom(ask.reviewerKeys),
    since: ask.since === null ? null : timeFrom(ask.since),
  });
}

async function configuredFolder(config: string | undefined): Promise<string> {
  const checked = await readChecked(config);
  return auditPlaces(checked.document, path.dirname(checked.path)).folder;
}

async function keyFrom(given: string): Promise<NoteKey> {
  const key = parseVerifier(given) ?? parseVerifier(await readText(given));
  if (key !== null) return key;
  throw usage(`${given} is no public key of a log`, 'It looks like NAME+HASH+KEY.');
}

async function listFrom(file: string): Promise<readonly ListedKey[]> {
  const keys = parseKeyList(await readText(file));
  if (keys !== null) return keys;
  throw usage(`${file} is no list of reviewer keys`, 'A line each: KEY ISSUER SUBJECT.');
}

function timeFrom(text: string): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw usage(`${text} is no time`, 'Write it as 2026-01-31T12:00:00Z.');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw usage(`${file} cannot be read`, cause instanceof Error ? cause.message : '');
  }
}

function usage(message: string, hint: string): UserError {
  return new UserError(message, { code: 'USAGE', exitCode: exitCodes.usage, hint });
}
