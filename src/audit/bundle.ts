import { readFile } from 'node:fs/promises';
import type { AuditRecord } from '../core/audit-record.ts';
import { leafHash } from '../core/audit-seal.ts';
import { openCheckpoint } from './checkpoint.ts';
import { readCheckpoints } from './checkpoint-files.ts';
import { type Finding, tampered } from './finding.ts';
import { verifierFile } from './log.ts';
import { createMeaningCheck, type ErasedContent, requestsErased } from './meaning.ts';
import { createProver, rootFromProof } from './merkle.ts';
import { readLines, readRecord, readRecords } from './read-records.ts';
import type { ListedKey } from './reviewer-key-list.ts';
import { type NoteKey, parseVerifier } from './signed-note.ts';

/** What a third party needs to see that a request's records are in the log. */
export interface Bundle {
  readonly schema: 'hoopx.audit-bundle/v1';
  readonly request: string;
  /** The log's key; whoever checks should know it from elsewhere. */
  readonly key: string;
  /** Signed note over the tree that the proofs lead to. */
  readonly checkpoint: string;
  readonly records: readonly {
    readonly line: string;
    /** From 0. */
    readonly index: number;
    /** RFC 6962, 2.1.1; base64 */
    readonly proof: readonly string[];
  }[];
}

/** Null when no checkpoint covers any record of that request. */
export async function makeBundle(folder: string, request: string): Promise<Bundle | null> {
  const key = (await readFile(verifierFile(folder), 'utf8')).trim();
  const parsed = parseVerifier(key);
  const checkpoint = (await readCheckpoints(folder)).at(-1)?.note ?? '';
  const size = (parsed === null ? null : openCheckpoint(checkpoint, parsed))?.size ?? 0;
  const told = await recordsAbout(folder, request, size);
  if (told.length === 0) return null;
  const prover = createProver(
    size,
    told.map(({ index }) => index),
  );
  let count = 0;
  for await (const bytes of readLines(folder)) {
    if (count >= size) break;
    prover.add(leafHash(bytes));
    count += 1;
  }
  const records = told.map(({ line, index }) => {
    const proof = prover.proof(index).map((node) => node.toString('base64'));
    return { line, index, proof };
  });
  return { schema: 'hoopx.audit-bundle/v1', request, key, checkpoint, records };
}

interface Placed {
  readonly line: string;
  /** From 0. */
  readonly index: number;
}

/** Those of a request, and the enrolments of the keys that decided it, in order. */
async function recordsAbout(
  folder: string,
  request: string,
  size: number,
): Promise<readonly Placed[]> {
  const told: Placed[] = [];
  const enrolments = new Map<string, Placed>();
  let count = 0;
  for await (const { line, record } of readRecords(folder)) {
    const index = count;
    if (index >= size) break;
    count += 1;
    if (record === null) continue;
    if (record.type === 'reviewer_key_enrolled') enrolments.set(record.keyId, { line, index });
    if (!isAbout(record, request)) continue;
    told.push({ line, index });
    const enrolment = record.type === 'decision' && enrolments.get(record.signature.keyId);
    if (enrolment && !told.includes(enrolment)) told.push(enrolment);
  }
  return told.toSorted((a, b) => a.index - b.index);
}

function isAbout(record: AuditRecord, request: string): boolean {
  if (record.type === 'content_erased') {
    return requestsErased(record)?.includes(request) === true;
  }
  return 'request' in record && record.request === request;
}

/** Null for anything that is not of that form. */
export function parseBundle(text: string): Bundle | null {
  try {
    const value: unknown = JSON.parse(text);
    return isBundle(value) ? value : null;
  } catch {
    return null;
  }
}

function isBundle(value: unknown): value is Bundle {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, request, key, checkpoint, records } = value as Partial<Record<string, unknown>>;
  return (
    schema === 'hoopx.audit-bundle/v1' &&
    [request, key, checkpoint].every((text) => typeof text === 'string') &&
    Array.isArray(records) &&
    records.every(
      (each: Partial<Record<string, unknown>> | null) =>
        typeof each?.line === 'string' &&
        Number.isSafeInteger(each.index) &&
        Array.isArray(each.proof) &&
        each.proof.every((node) => typeof node === 'string'),
    )
  );
}

export interface BundleCheck {
  readonly findings: readonly Finding[];
  readonly keysOnGatewaysWord: readonly ListedKey[];
  readonly erased: readonly ErasedContent[];
}

/** What is wrong with a bundle. That records of the request were left out cannot be seen in it. */
export function bundleFindings(
  bundle: Bundle,
  key: NoteKey,
  reviewerKeys: readonly ListedKey[] | null,
): BundleCheck {
  const checkpoint = openCheckpoint(bundle.checkpoint, key);
  const meaning = createMeaningCheck(reviewerKeys);
  if (checkpoint === null) {
    const findings = [tampered(null, "the checkpoint is not signed by the log's key")];
    return { findings, keysOnGatewaysWord: [], erased: [] };
  }
  const findings: Finding[] = [];
  for (const { line, index, proof } of bundle.records) {
    const { record } = readRecord(line);
    const nodes = proof.map((node) => Buffer.from(node, 'base64'));
    const root = rootFromProof(leafHash(line), index, checkpoint.size, nodes);
    if (record?.seq !== index + 1 || root === null || !root.equals(checkpoint.root)) {
      findings.push(tampered(index + 1, `record ${index + 1} is not in the log`));
    } else meaning.see(record);
  }
  const told = findings.length > 0 ? findings : meaning.findings();
  return {
    findings: told,
    keysOnGatewaysWord: meaning.keysOnGatewaysWord(),
    erased: meaning.erased().filter(({ request }) => request === bundle.request),
  };
}
