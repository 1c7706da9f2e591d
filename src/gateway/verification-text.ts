import type { Verification } from '../audit/verify.ts';
import { safeLine } from '../core/safe-text.ts';

/** Exit codes of `audit verify`: its own, so that scripts can tell what is wrong. */
export const verificationExit: Record<Verification['verdict'], number> = {
  verified: 0,
  tampered: 1,
  no_anchor: 2,
  gap: 3,
};

const shownFindings = 10;

/** For a terminal: the verdict first, then what it rests on. */
export function verificationText(verification: Verification): string {
  const { records, executions, checkpoints, openIntents } = verification;
  return [
    safeLine(verdictLine(verification), 1000),
    ...findingLines(verification),
    `  ${counted(records, 'record')}, ${counted(executions, 'execution')} after review, ${counted(checkpoints, 'checkpoint')}`,
    ...uncoveredLines(verification),
    ...openIntents.map(({ request, seq }) =>
      safeLine(
        `  outcome unknown: ${request} was run (record ${seq}) and nothing is written since`,
      ),
    ),
    ...erasedLines(verification),
    ...recordingLines(verification),
    ...beganLines(verification),
    ...trustLines(verification),
  ].join('\n');
}

function verdictLine({ verdict, folder, anchored, findings }: Verification): string {
  const first = findings[0]?.problem ?? '';
  switch (verdict) {
    case 'verified':
      return `VERIFIED ${folder}: what was kept elsewhere agrees, up to record ${anchored}`;
    case 'no_anchor':
      return `INTACT ${folder}, but nothing kept elsewhere was given (--anchor)`;
    case 'tampered':
      return `TAMPERED ${folder}: ${first}`;
    case 'gap':
      return `GAP in ${folder}: ${first}`;
    default:
      return verdict satisfies never;
  }
}

function findingLines({ findings }: Verification): readonly string[] {
  const rest = findings
    .slice(1, shownFindings)
    .map(({ problem }) => safeLine(`  ${problem}`, 1000));
  const more = findings.length - shownFindings;
  return more > 0 ? [...rest, `  and ${more} more`] : rest;
}

/** A log that is being written has such an end for up to a minute. */
function uncoveredLines({ records, covered, unfinished }: Verification): readonly string[] {
  const which =
    records === covered + 1 ? `record ${records} is` : `records ${covered + 1} to ${records} are`;
  return [
    ...(records > covered
      ? [`  ${which} under no checkpoint yet: nothing shows that what they say was written`]
      : []),
    ...(unfinished ? ['  the last line is not whole: it is being written, or was cut off'] : []),
  ];
}

function erasedLines({ erased }: Verification): readonly string[] {
  const all = new Set(erased.map(({ request }) => request));
  if (all.size === 0) return [];
  const shown = erased
    .slice(0, shownFindings)
    .map(({ request, seq }) => safeLine(`    ${request} (record ${seq})`, 200));
  const more = erased.length - shownFindings;
  const rest = more > 0 ? [`    and ${more} more`] : [];
  return [`  content erased of ${counted(all.size, 'request')}:`, ...shown, ...rest];
}

function recordingLines({ recordings }: Verification): readonly string[] {
  if (recordings === null) return [];
  const { folder, intact, removed, inBucket, open, recovered, brokenOff, uncovered } = recordings;
  const told = [
    ['in the bucket, not checked', inBucket],
    ['not closed yet, not checked', open],
    ['cut off, and taken as it lay there at the next start', recovered],
    ['not recorded to the end', brokenOff],
    ['of an older gateway, not checked', uncovered],
  ] as const;
  return [
    safeLine(`  recordings in ${folder}: ${intact} as recorded, ${removed} removed since`, 1000),
    ...told.flatMap(([what, sessions]) => (sessions.length === 0 ? [] : listed(what, sessions))),
  ];
}

function listed(what: string, sessions: readonly string[]): readonly string[] {
  const shown = sessions.slice(0, shownFindings).map((session) => safeLine(`    ${session}`, 200));
  const more = sessions.length - shownFindings;
  return [`  ${what}:`, ...shown, ...(more > 0 ? [`    and ${more} more`] : [])];
}

/** What a beginning in the midst leaves open. */
function beganLines({ began }: Verification): readonly string[] {
  if (began === null) return [];
  const { after, checkpoint, requests, keys } = began;
  const pin = `of ${counted(keys.length, 'key')} enrolled before (pin them with --reviewer-keys)`;
  return [
    safeLine(`  began after record ${after}, with the log's own checkpoint of ${checkpoint};`),
    '  what was before was not read, so this does not show:',
    `    that records 1 to ${after} are all there, and what they mean`,
    `    that what ran since was approved, for ${counted(requests, 'request')} from before`,
    ...(keys.length === 0 ? [] : [`    signatures ${pin}`]),
  ];
}

function trustLines({ key, keyGiven, keysOnGatewaysWord }: Verification): readonly string[] {
  const where = keyGiven ? 'as given' : "the folder's own word: give it with --key";
  return [
    safeLine(`  log key ${key} (${where})`, 1000),
    ...(keysOnGatewaysWord.length === 0
      ? []
      : ["  reviewers' keys on the gateway's word (pin them with --reviewer-keys):"]),
    ...keysOnGatewaysWord.map(({ publicKey, issuer, subject }) =>
      safeLine(`    ${publicKey} ${issuer} ${subject}`, 1000),
    ),
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
