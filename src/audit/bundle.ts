import { readFile } from 'node:fs/promises';
import { leafHash } from '../core/audit-seal.ts';
import { openCheckpoint } from './checkpoint.ts';
import { readCheckpoints } from './checkpoint-files.ts';
import { type Finding, tampered } from './finding.ts';
import { verifierFile } from './log.ts';
import { createMeaningCheck } from './meaning.ts';
import { type Hash, inclusionProof, rootFromProof } from './merkle.ts';
import { type ReadRecord, readRecord, readRecords } from './read-records.ts';
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
  const leaves: Hash[] = [];
  const told: { read: ReadRecord; index: number }[] = [];
  const enrolments = new Map<string, { read: ReadRecord; index: number }>();
  for await (const read of readRecords(folder)) {
    const index = leaves.length;
    if (index >= size) break;
    leaves.push(leafHash(read.line));
    const { record } = read;
    if (record === null) continue;
    if (record.type === 'reviewer_key_enrolled') enrolments.set(record.keyId, { read, index });
    if (!('request' in record) || record.request !== request) continue;
    told.push({ read, index });
    const enrolment = record.type === 'decision' && enrolments.get(record.signature.keyId);
    if (enrolment && !told.includes(enrolment)) told.push(enrolment);
  }
  if (told.length === 0) return null;
  const records = told
    .toSorted((a, b) => a.index - b.index)
    .map(({ read: { line }, index }) => {
      const proof = inclusionProof(leaves, index).map((node) => node.toString('base64'));
      return { line, index, proof };
    });
  return { schema: 'hoopx.audit-bundle/v1', request, key, checkpoint, records };
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

/** What is wrong with a bundle. That records of the request were left out cannot be seen in it. */
export function bundleFindings(
  bundle: Bundle,
  key: NoteKey,
  reviewerKeys: readonly ListedKey[] | null,
): { readonly findings: readonly Finding[]; readonly keysOnGatewaysWord: readonly ListedKey[] } {
  const checkpoint = openCheckpoint(bundle.checkpoint, key);
  const meaning = createMeaningCheck(reviewerKeys);
  if (checkpoint === null) {
    const findings = [tampered(null, "the checkpoint is not signed by the log's key")];
    return { findings, keysOnGatewaysWord: [] };
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
  return { findings: told, keysOnGatewaysWord: meaning.keysOnGatewaysWord() };
}
