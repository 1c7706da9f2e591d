import type { AuditRecord } from '../core/audit-record.ts';
import { decisionProblem } from './decision-check.ts';
import { type Finding, gap, tampered } from './finding.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { isQuorum } from './quorum.ts';
import { createRecordingStories, type RecordingStory } from './recording-stories.ts';
import type { ListedKey } from './reviewer-key-list.ts';

type Of<Type extends AuditRecord['type']> = Extract<AuditRecord, { type: Type }>;
type About = Extract<AuditRecord, { operation: string }>;

/** What the log says of one request, so far. */
export interface Story {
  readonly submitted: Of<'request_submitted'>;
  readonly approvals: Of<'decision'>[];
  readonly decisions: Of<'decision'>[];
  approved: Of<'request_approved'> | Of<'fallback_approved'> | null;
  ended: boolean;
  intent: Of<'intent'> | null;
  outcome: boolean;
}

/** An approved operation that left, and of which nothing more is written. */
export interface OpenIntent {
  readonly request: string;
  readonly seq: number;
}

export interface ErasedContent {
  readonly request: string;
  readonly seq: number;
}

/** Reads the records as what they tell, and finds what cannot have happened by the rules. */
export interface MeaningCheck {
  see(record: AuditRecord): void;
  findings(): readonly Finding[];
  openIntents(): readonly OpenIntent[];
  /** Keys that were taken as their owners' because the gateway said so. */
  keysOnGatewaysWord(): readonly ListedKey[];
  executions(): number;
  /** Requests whose content is gone, as the log says, and the record that says so. */
  erased(): readonly ErasedContent[];
  /** Where it began in the midst: requests asked before, of which nothing was judged. */
  begunBefore(): number;
  /** And keys enrolled before, whose signatures were not checked. */
  keysUnseen(): readonly string[];
  /** What was said of recordings, by session. */
  recordings(): ReadonlyMap<string, RecordingStory>;
}

/** `whole`: from the first record; `withFiles`: somebody is going to look at the recordings. */
export function createMeaningCheck(
  pinned: readonly ListedKey[] | null,
  whole = true,
  withFiles = false,
): MeaningCheck {
  const ring = createKeyRing(pinned, whole);
  const recordings = createRecordingStories(whole, withFiles);
  const before = new Set<string>();
  const erased: ErasedContent[] = [];
  const stories = new Map<string, Story>();
  const findings: Finding[] = [];
  /** Of the newest start; a gateway settles what is open before it says that it has started. */
  let started = 0;
  let executions = 0;

  function see(record: AuditRecord): void {
    recordings.see(record);
    if (record.type === 'gateway_started') started = record.seq;
    if (record.type === 'reviewer_key_enrolled') note(record.seq, ring.enrol(record));
    if ('operation' in record) note(record.seq, follow(record));
    if (record.type === 'intent') executions += 1;
    if (record.type === 'content_erased') note(record.seq, forget(record));
  }

  /** In a bundle others of its requests are not known. */
  function forget(record: Of<'content_erased'>): string | null {
    const { seq } = record;
    const requests = requestsErased(record);
    if (requests === null) return 'it says that content was erased, and not of what';
    for (const request of requests) erased.push({ request, seq });
    const early = requests.find((request) => {
      const story = stories.get(request);
      return story !== undefined && !story.ended && !story.outcome;
    });
    return early === undefined ? null : `content of ${early} is erased before it had ended`;
  }

  function note(seq: number, problem: string | null): void {
    if (problem !== null) findings.push(tampered(seq, `record ${seq}: ${problem}`));
  }

  function follow(record: About): string | null {
    const story = stories.get(record.request);
    if (record.type === 'request_submitted') {
      if (story !== undefined) return `request ${record.request} is submitted a second time`;
      stories.set(record.request, newStory(record));
      return null;
    }
    if (story === undefined && !whole) {
      before.add(record.request);
      return null;
    }
    if (story === undefined) return `request ${record.request} was never submitted`;
    if (record.operation !== story.submitted.operation) {
      return `request ${record.request} is about another operation than was submitted`;
    }
    return continued(story, record, ring);
  }

  return {
    see,
    findings: () => [
      ...findings,
      ...recordings.findings(),
      ...openOf(stories)
        .filter(({ seq }) => seq < started)
        .map(lost),
    ],
    openIntents: () => openOf(stories),
    keysOnGatewaysWord: ring.onGatewaysWord,
    executions: () => executions,
    erased: () => erased,
    begunBefore: () => before.size,
    keysUnseen: ring.unseen,
    recordings: recordings.all,
  };
}

/** Null where a changed record names none. */
export function requestsErased({ requests }: Of<'content_erased'>): readonly string[] | null {
  return Array.isArray(requests) ? requests : null;
}

function newStory(submitted: Of<'request_submitted'>): Story {
  return {
    submitted,
    ...{ approvals: [], decisions: [], approved: null },
    ...{ ended: false, intent: null, outcome: false },
  };
}

/** The next record of a request whose story is known; what is wrong with it. */
function continued(
  story: Story,
  record: Exclude<About, { type: 'request_submitted' }>,
  ring: KeyRing,
): string | null {
  const { request } = record;
  switch (record.type) {
    case 'request_keyed':
      return null;
    case 'decision': {
      const problem = decisionProblem(story, record, ring);
      story.decisions.push(record);
      if (record.decision === 'approve' && problem === null) story.approvals.push(record);
      return problem;
    }
    case 'request_approved':
      story.approved = record;
      return quorumProblem(story);
    case 'fallback_approved':
      story.approved = record;
      return story.approvals.length < story.decisions.length
        ? `a fallback approved ${request}, which a reviewer had refused`
        : null;
    case 'request_ended':
      story.ended = true;
      return null;
    case 'intent': {
      const problem = intentProblem(story, record);
      story.intent ??= record;
      return problem;
    }
    case 'outcome':
      if (story.intent === null) return `${request} has an outcome and never ran`;
      if (story.outcome) return `${request} has a second outcome`;
      story.outcome = true;
      return null;
    default:
      return record satisfies never;
  }
}

function quorumProblem({ submitted, approvals }: Story): string | null {
  const people = approvals.map(({ by }) => by);
  if (isQuorum(submitted.chains, people)) return null;
  return `${submitted.request} counts as approved without enough different people who may`;
}

function intentProblem(story: Story, { request, time, approval }: Of<'intent'>): string | null {
  const { approved } = story;
  if (story.intent !== null) return `${request} is run a second time`;
  if (story.ended) return `${request} is run after it had ended`;
  if (approved === null) return `${request} is run without an approval`;
  if (time >= approved.runBefore) return `${request} is run after its approval had lapsed`;
  const said = approved.type === 'fallback_approved' ? 'fallback' : 'people';
  return said === approval ? null : `${request} is run by another approval than it had`;
}

function openOf(stories: ReadonlyMap<string, Story>): readonly OpenIntent[] {
  return [...stories].flatMap(([request, { intent, outcome }]) =>
    intent === null || outcome ? [] : [{ request, seq: intent.seq }],
  );
}

function lost({ request, seq }: OpenIntent): Finding {
  return gap(seq, `record ${seq}: ${request} was run, and what became of it is not in the log`);
}
