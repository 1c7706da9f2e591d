import type { RecordingView } from '../control/contract/recordings.ts';
import type { Page } from '../control/contract.ts';
import { pageBy } from '../control/server/page.ts';
import type { Caller, RecordingDesk, RecordingSearch } from '../control/server/ports.ts';
import { timeText } from '../control/server/views.ts';
import type { Clock } from '../core/clock.ts';
import type { Eventual } from '../core/eventual.ts';
import type { Principal } from '../core/principal.ts';
import { recordingSays } from '../recording/find-text.ts';
import { isTrackFile } from '../recording/recording-files.ts';
import type { RecordingMeta } from '../recording/recording-meta.ts';
import type { RecordingEntry, Recordings } from '../recording/recordings.ts';
import type { Readings } from './readings.ts';
import { searchPage } from './search-page.ts';
import { isOwn } from './sessions.ts';

/** Told before a recording is given out, and awaited: what throws keeps it from being read. */
export interface RecordingReading {
  readonly reader: Principal;
  readonly recording: string;
  readonly file: string;
}

export interface RecordingDeskOptions {
  readonly recordings: Recordings;
  readonly readings: Readings;
  readonly clock: Clock;
  readonly isOperator: (principal: Principal) => boolean;
  readonly onRead: (reading: RecordingReading) => Eventual<void>;
}

/** The recordings, as people may look at them: their own, operators at all. */
export function createRecordingDesk(options: RecordingDeskOptions): RecordingDesk {
  const { recordings, readings, clock, isOperator, onRead } = options;

  function visible({ principal }: Caller): (entry: RecordingEntry) => boolean {
    if (isOperator(principal)) return () => true;
    return ({ meta }) => isOwn(meta.principal, principal);
  }

  async function find(caller: Caller, id: string): Promise<RecordingEntry | null> {
    const entry = recordings.find(id);
    return entry !== null && visible(caller)(entry) ? entry : null;
  }

  return {
    async list(caller, search) {
      const all = recordings.list().filter(visible(caller)).filter(matching(search));
      const query = { limit: search.limit, cursor: search.cursor };
      const page = pageBy(all, keyOf, query, 'descending');
      const entries = search.text === undefined ? page : await saying(page, search.text, clock);
      return {
        items: entries.items.map((entry) => viewOf(entry, [], search.text !== undefined)),
        nextCursor: entries.nextCursor,
      };
    },
    async find(caller, id) {
      const entry = await find(caller, id);
      return entry === null ? null : viewOf(entry, await entry.files(), false);
    },
    async open(caller, { id, file, follow, signal }) {
      const entry = await find(caller, id);
      if (entry === null || !isTrackFile(file)) return null;
      if (!(await entry.files()).includes(file)) return null;
      await onRead({ reader: caller.principal, recording: id, file });
      const growing = () => follow && recordings.find(id)?.live === true;
      return entry.bytes(file, growing, readings.begin(caller, signal));
    },
  };
}

/** Those of a page that say it, and those that only holders of a key can look into. */
async function saying(
  page: Page<RecordingEntry>,
  text: string,
  clock: Clock,
): Promise<Page<RecordingEntry>> {
  const says = async (entry: RecordingEntry, signal: AbortSignal) =>
    entry.meta.sealed || (await recordingSays(entry, text, signal));
  return searchPage(page, { keyOf, says, clock });
}

function keyOf({ meta }: RecordingEntry): string {
  return `${timeText(meta.startedAt)} ${meta.id}`;
}

function matching(search: RecordingSearch): (entry: RecordingEntry) => boolean {
  const since = search.since === undefined ? null : Date.parse(search.since);
  const until = search.until === undefined ? null : Date.parse(search.until);
  return ({ meta, live }) =>
    (search.connection === undefined || meta.connection === search.connection) &&
    (search.person === undefined || isOf(meta.principal, search.person)) &&
    (search.verdict === undefined || countOf(meta, search.verdict) > 0) &&
    (since === null || live || (meta.endedAt ?? meta.startedAt) >= since) &&
    (until === null || meta.startedAt <= until);
}

function isOf({ name, subject, person }: RecordingMeta['principal'], wanted: string): boolean {
  return [name, subject, person].includes(wanted);
}

function countOf({ counts }: RecordingMeta, verdict: 'allow' | 'deny' | 'review' | 'refused') {
  return counts[verdict];
}

function viewOf(
  { meta, live }: RecordingEntry,
  files: readonly string[],
  textWanted: boolean,
): RecordingView {
  const { id, connection, protocol, principal, client, mode, counts, endedBy, sealed } = meta;
  const { unmaskedBy = null } = meta;
  const { name, subject, issuer, kind, person } = principal;
  const { operations, allow, deny, review, refused } = counts;
  return {
    ...{
      id,
      connection,
      protocol,
      client,
      mode,
      endedBy,
      sealed,
      operations,
      refused,
      files,
      unmaskedBy,
    },
    principal: { name, subject, issuer, kind, person },
    startedAt: timeText(meta.startedAt),
    endedAt: meta.endedAt === null ? null : timeText(meta.endedAt),
    state: live ? 'open' : meta.endedAt === null ? 'cut_off' : 'ended',
    verdicts: { allow, deny, review },
    searched: textWanted && !sealed,
  };
}
