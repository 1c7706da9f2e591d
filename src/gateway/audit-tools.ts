import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Bundle, bundleFindings, makeBundle, parseBundle } from '../audit/bundle.ts';
import { type ExportFormat, exportLines } from '../audit/export.ts';
import { readRecord } from '../audit/read-records.ts';
import { type ListedKey, parseKeyList } from '../audit/reviewer-key-list.ts';
import { listSegments } from '../audit/segments.ts';
import { type NoteKey, parseVerifier, verifierText } from '../audit/signed-note.ts';
import { notesIn, type Verification, type VerifyOptions, verifyFolder } from '../audit/verify.ts';
import { auditPlaces } from '../config/audit-config.ts';
import { readChecked } from '../config/checked-file.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { type KeptText, keptCheckpoints } from './kept-checkpoints.ts';
import { recordingsIn } from './recordings-check.ts';

export interface VerifyAsk {
  /** Of the log's files; null takes what the gateway's configuration says. */
  readonly folder: string | null;
  readonly config: string | undefined;
  /** The log's public key, or a file that holds it. */
  readonly key: string | null;
  readonly anchors: readonly string[];
  readonly reviewerKeys: string | null;
  /** As `toISOString` writes it. */
  readonly since: string | null;
  /** Folder of the recordings that the log tells of; null: they are not looked at. */
  readonly recordings: string | null;
}

/** `hoopx audit verify`. @throws UserError when what it is given cannot be read */
export async function verifyAudit(ask: VerifyAsk): Promise<Verification> {
  const folder = await folderOf(ask);
  const recordings = ask.recordings === null ? {} : await heldAgainst(ask.recordings);
  return verifyFolder(folder, {
    ...recordings,
    key: ask.key === null ? null : await keyFrom(ask.key),
    anchors: await keptIn(ask.anchors),
    reviewerKeys: ask.reviewerKeys === null ? null : await listFrom(ask.reviewerKeys),
    since: ask.since,
  });
}

/** `hoopx audit verify --bundle`: the records of one request, without the rest of the log. */
export async function verifyBundle(
  file: string,
  ask: Pick<VerifyAsk, 'key' | 'anchors' | 'reviewerKeys'>,
): Promise<Verification> {
  const bundle = parseBundle(await readText(file));
  if (bundle === null) throw usage(`${file} is no bundle`, 'hoopx audit prove makes one.');
  const key = ask.key === null ? parseVerifier(bundle.key) : await keyFrom(ask.key);
  if (key === null) throw usage(`${file} holds no public key`, 'Give the log’s with --key.');
  const pinned = ask.reviewerKeys === null ? null : await listFrom(ask.reviewerKeys);
  const { findings, keysOnGatewaysWord, erased } = bundleFindings(bundle, key, pinned);
  const kept = await keptIn(ask.anchors);
  const anchored = kept.some(({ text }) => notesIn(text).includes(bundle.checkpoint));
  const sound = anchored ? 'verified' : 'no_anchor';
  const records = bundle.records.map(({ line }) => readRecord(line).record);
  return {
    verdict: findings.length > 0 ? 'tampered' : sound,
    folder: file,
    records: records.length,
    executions: records.filter((record) => record?.type === 'intent').length,
    findings,
    ...{ checkpoints: 1, anchored: anchored ? (records.at(-1)?.seq ?? 0) : 0 },
    ...{ key: verifierText(key), keyGiven: ask.key !== null, keysOnGatewaysWord },
    ...{ openIntents: [], erased, recordings: null, began: null },
    ...{ covered: records.length, unfinished: false },
  };
}

/** `hoopx audit prove`. */
export async function proveRequest(
  request: string,
  ask: Pick<VerifyAsk, 'folder' | 'config'>,
): Promise<Bundle> {
  const bundle = await makeBundle(await folderOf(ask), request);
  if (bundle !== null) return bundle;
  throw usage(
    `no checkpoint covers records of ${request}`,
    'Is the id right? A checkpoint comes every minute.',
  );
}

/** `hoopx audit export`. */
export async function exportAudit(
  ask: Pick<VerifyAsk, 'folder' | 'config' | 'since'> & { readonly format: ExportFormat },
  version: string,
): Promise<AsyncGenerator<string>> {
  return exportLines(await folderOf(ask), ask.format, ask.since, version);
}

async function heldAgainst(recordings: string): Promise<Pick<VerifyOptions, 'recordings'>> {
  return { recordings: await recordingsIn(recordings) };
}

async function keptIn(places: readonly string[]): Promise<readonly KeptText[]> {
  return (await Promise.all(places.map(keptCheckpoints))).flat();
}

async function folderOf({ folder, config }: Pick<VerifyAsk, 'folder' | 'config'>): Promise<string> {
  const found = path.resolve(folder ?? (await configuredFolder(config)));
  if ((await listSegments(found).catch(() => [])).length > 0) return found;
  throw usage(`${found} holds no audit log`, 'Name its folder, or the configuration.');
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
