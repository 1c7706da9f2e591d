import { readFile } from 'node:fs/promises';
import { createChainCheck } from './chain.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { readCheckpoints } from './checkpoint-files.ts';
import { type Finding, gap, tampered } from './finding.ts';
import { verifierFile } from './log.ts';
import {
  createMeaningCheck,
  type ErasedContent,
  type MeaningCheck,
  type OpenIntent,
} from './meaning.ts';
import type { Hash } from './merkle.ts';
import { endsUnfinished, readRecords } from './read-records.ts';
import {
  type CheckRecordings,
  type RecordingsCheck,
  recordingFindings,
} from './recordings-check.ts';
import type { ListedKey } from './reviewer-key-list.ts';
import { type NoteKey, parseVerifier, verifierText } from './signed-note.ts';
import { type StartingPoint, startingPoint } from './starting-point.ts';

export interface VerifyOptions {
  /** The log's key; null takes the one that lies beside it. */
  readonly key: NoteKey | null;
  /** Text of files with checkpoints that were kept elsewhere. */
  readonly anchors: readonly { readonly name: string; readonly text: string }[];
  /** Reviewers' keys that were learned elsewhere; null takes those that the log enrols. */
  readonly reviewerKeys: readonly ListedKey[] | null;
  /**
   * Begins with the newest checkpoint before, and tells only of what records from then on mean;
   * RFC 3339.
   */
  readonly since: string | null;
  /** Not there: nothing but the log is looked at. */
  readonly recordings?: CheckRecordings;
}

export interface Verification {
  readonly verdict: 'verified' | 'tampered' | 'no_anchor' | 'gap';
  readonly folder: string;
  readonly records: number;
  readonly executions: number;
  /** The first of them is about the first record that is not as it was written. */
  readonly findings: readonly Finding[];
  readonly checkpoints: number;
  /** Records that a checkpoint kept elsewhere covers. */
  readonly anchored: number;
  /** Records that any checkpoint covers: of later ones nothing shows that they are as written. */
  readonly covered: number;
  /** Behind the last record there is something that is none: being written, or cut off. */
  readonly unfinished: boolean;
  /** The log's key, and whether it was given or lay beside the log. */
  readonly key: string;
  readonly keyGiven: boolean;
  readonly keysOnGatewaysWord: readonly ListedKey[];
  /** Outcome unknown: run, and nothing written since. */
  readonly openIntents: readonly OpenIntent[];
  /** Requests whose content was erased, which breaks no proof. */
  readonly erased: readonly ErasedContent[];
  /** Null: nobody asked for them. */
  readonly recordings: RecordingsCheck | null;
  /** Null: with the first record. Else nothing of the records before was read. */
  readonly began: {
    /** The last that was not read. */
    readonly after: number;
    /** When the checkpoint that covers it was signed, RFC 3339. */
    readonly checkpoint: string;
    /** Requests that were asked before: what was done under them was not judged. */
    readonly requests: number;
    /** Reviewers' keys enrolled before: what they signed was not checked. */
    readonly keys: readonly string[];
  } | null;
}

interface Claim extends Checkpoint {
  readonly from: string;
}

/** Everything that can be told from the files, the public keys and what was kept elsewhere. */
export async function verifyFolder(folder: string, options: VerifyOptions): Promise<Verification> {
  const key = options.key ?? parseVerifier(await readFile(verifierFile(folder), 'utf8'));
  if (key === null) return unreadable(folder, options);
  const unsigned: Finding[] = [];
  const own = (await readCheckpoints(folder)).flatMap(({ note, peaks }, index) =>
    claimOf(note, key, `checkpoint ${index + 1}`, unsigned).map((claim) => ({ ...claim, peaks })),
  );
  const start = options.since === null ? null : await startingPoint(folder, own, options.since);
  const kept = options.anchors.flatMap(({ name, text }) =>
    notesIn(text).flatMap((note) => claimOf(note, key, `the anchor ${name}`, unsigned)),
  );
  const claims = [...own, ...kept];
  const { chain, meaning, times } = await readLog(folder, claims, start, options);
  // What comes after a break in the chain may only look wrong for want of what is missing.
  const broken = firstSeq(chain.findings());
  const sound = meaning.findings().filter(({ seq }) => (seq ?? 0) < broken);
  const disproved = claimFindings(claims, chain.roots(), chain.size(), chain.findings());
  const recordings = (await options.recordings?.(meaning.recordings())) ?? null;
  const whole = chain.findings().length === 0 && disproved.length === 0;
  const findings = [
    ...unsigned,
    ...chain.findings(),
    ...sound.filter(isSince(options.since, times)),
    ...disproved,
    ...(recordings === null ? [] : recordingFindings(recordings, whole)),
  ];
  const anchored = largestOf(kept);
  return {
    verdict: verdictOf(findings, kept.length > 0 && anchored >= (start?.size ?? 0)),
    ...{ folder, anchored, checkpoints: own.length, records: chain.size() },
    covered: Math.min(chain.size(), largestOf(claims)),
    unfinished: await endsUnfinished(folder),
    findings: findings.sort(bySeq),
    executions: meaning.executions(),
    ...{ key: verifierText(key), keyGiven: options.key !== null },
    keysOnGatewaysWord: meaning.keysOnGatewaysWord(),
    openIntents: meaning.openIntents(),
    ...{ erased: meaning.erased(), recordings },
    began: start === null ? null : beganAt(start, meaning),
  };
}

function beganAt({ size, time }: StartingPoint, meaning: MeaningCheck): Verification['began'] {
  const [requests, keys] = [meaning.begunBefore(), meaning.keysUnseen()];
  return { after: size, checkpoint: time, requests, keys };
}

/** From the first record, or from where a checkpoint lets it begin. */
async function readLog(
  folder: string,
  claims: readonly Claim[],
  start: StartingPoint | null,
  { reviewerKeys, since, recordings }: VerifyOptions,
) {
  const chain = createChainCheck(new Set(claims.map(({ size }) => size)), start?.frontier);
  const meaning = createMeaningCheck(reviewerKeys, start === null, recordings !== undefined);
  const times = new Map<number, string>();
  // The last that the checkpoint covers is read for its hash, which the next one has.
  for await (const read of readRecords(folder, start?.size)) {
    chain.see(read);
    if (read.record === null || read.record.seq === start?.size) continue;
    meaning.see(read.record);
    if (since !== null) times.set(read.record.seq, read.record.time);
  }
  return { chain, meaning, times };
}

function firstSeq(findings: readonly Finding[]): number {
  return findings.reduce((first, { seq }) => Math.min(first, seq ?? 0), Number.POSITIVE_INFINITY);
}

function largestOf(claims: readonly Claim[]): number {
  return claims.reduce((largest, { size }) => Math.max(largest, size), 0);
}

function claimOf(note: string, key: NoteKey, from: string, findings: Finding[]): readonly Claim[] {
  const checkpoint = openCheckpoint(note, key);
  if (checkpoint !== null) return [{ ...checkpoint, from }];
  findings.push(tampered(null, `${from} is not signed by the log's key`));
  return [];
}

/** Each root against that of the records that are there. */
function claimFindings(
  claims: readonly Claim[],
  roots: ReadonlyMap<number, Hash>,
  size: number,
  chainFindings: readonly Finding[],
): readonly Finding[] {
  const findings: Finding[] = [];
  let sound = 0;
  for (const claim of claims.toSorted((a, b) => a.size - b.size)) {
    const root = roots.get(claim.size);
    if (claim.size > size) {
      const missing = claim.size > size + 1 ? `${size + 1} to ${claim.size} are` : `${size + 1} is`;
      findings.push(gap(size + 1, `record ${missing} missing: ${claim.from} covers them`));
    } else if (root === undefined || chainFindings.length > 0) continue;
    else if (root.equals(claim.root)) sound = claim.size;
    else {
      const which =
        claim.size === sound + 1 ? `${claim.size} is` : `${sound + 1} to ${claim.size} are`;
      const problem = `record ${which} not what ${claim.from} was signed over`;
      findings.push(tampered(claim.size === size ? claim.size : sound + 1, problem));
    }
    if (findings.length > 0) break;
  }
  return findings;
}

/** Blocks of a file: notes one after the other, or one in each line as JSON. */
export function notesIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null && 'note' in value) return [`${value.note}`];
    } catch {
      // Not a line of ours: it cannot be what an anchor wrote.
    }
    return [line];
  });
}

function isSince(since: string | null, times: ReadonlyMap<number, string>) {
  return ({ seq }: Finding) => {
    const time = seq === null ? undefined : times.get(seq);
    return since === null || time === undefined || time >= since;
  };
}

function bySeq(a: Finding, b: Finding): number {
  return (a.seq ?? Number.POSITIVE_INFINITY) - (b.seq ?? Number.POSITIVE_INFINITY);
}

function verdictOf(findings: readonly Finding[], anchored: boolean): Verification['verdict'] {
  if (findings.some(({ kind }) => kind === 'tampered')) return 'tampered';
  if (findings.length > 0) return 'gap';
  return anchored ? 'verified' : 'no_anchor';
}

function unreadable(folder: string, { key }: VerifyOptions): Verification {
  return {
    ...{ verdict: 'tampered', folder, records: 0, executions: 0, checkpoints: 0, anchored: 0 },
    ...{ covered: 0, unfinished: false },
    findings: [tampered(null, 'the key beside the log is none')],
    ...{ key: '', keyGiven: key !== null, keysOnGatewaysWord: [], openIntents: [] },
    ...{ erased: [], recordings: null, began: null },
  };
}
