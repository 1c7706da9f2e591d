import type { ControlClient } from '../control/client.ts';
import type { RecordingQuery, RecordingView } from '../control/contract/recordings.ts';
import type { Page, SessionView } from '../control/contract.ts';
import { pageQuery } from './page-flags.ts';
import { ageOf } from './request-report.ts';
import { tableOf } from './table.ts';

export interface SessionFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly ended: boolean;
  readonly person?: string | undefined;
  readonly connection?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly text?: string | undefined;
  readonly verdict?: string | undefined;
  readonly identity?: string | undefined;
}

export interface SessionList {
  readonly page: Page<SessionView | RecordingView>;
  readonly table: readonly string[];
}

interface ListContext {
  control(): Promise<ControlClient>;
  readonly stderr: (line: string) => void;
}

/** Open sessions; recorded ones where they are asked for, or anything is looked for. */
export async function listSessions(
  filters: SessionFilters,
  context: ListContext,
): Promise<SessionList> {
  const query = recordingQuery(filters);
  const control = await context.control();
  if (!filters.ended && Object.keys(query).length === 0) {
    const page = await control.listSessions(pageQuery(filters));
    return { page, table: openTable(page.items) };
  }
  const found = await control.listRecordings({ ...query, ...pageQuery(filters) });
  const page = await searched(found, filters, { control, stderr: context.stderr });
  return { page, table: recordedTable(page.items) };
}

function recordingQuery(filters: SessionFilters): RecordingQuery {
  const { person, connection, since, until, text, verdict } = filters;
  return {
    ...(person === undefined ? {} : { person }),
    ...(connection === undefined ? {} : { connection }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(text === undefined ? {} : { text }),
    ...(isVerdict(verdict) ? { verdict } : {}),
  };
}

function isVerdict(word: string | undefined): word is NonNullable<RecordingQuery['verdict']> {
  return word !== undefined && ['allow', 'deny', 'review', 'refused'].includes(word);
}

/** The gateway cannot look into what is encrypted; with an identity that is done here. */
async function searched(
  page: Page<RecordingView>,
  { text, identity }: SessionFilters,
  { control, stderr }: { readonly control: ControlClient; readonly stderr: (line: string) => void },
): Promise<Page<RecordingView>> {
  if (text === undefined) return page;
  const sealed = page.items.filter((item) => !item.searched);
  if (identity === undefined) {
    if (sealed.length > 0) {
      stderr(`${sealed.length} encrypted recordings could not be searched: give --identity FILE.`);
    }
    return { ...page, items: page.items.filter((item) => item.searched) };
  }
  const { sealedRecordingSays } = await import('./replay/search-sealed.ts');
  const items: RecordingView[] = [];
  for (const item of page.items) {
    if (item.searched || (await sealedRecordingSays(control, item.id, text, identity))) {
      items.push(item);
    }
  }
  return { ...page, items };
}

function openTable(items: readonly SessionView[]): readonly string[] {
  const rows = items.map((session) => [
    session.id,
    session.connection,
    session.principal.name,
    session.client,
    ageOf(Date.parse(session.startedAt), Date.now()),
    String(session.operations),
    session.unmaskedBy ?? '',
    session.holding ?? '',
  ]);
  return tableOf(
    ['ID', 'CONNECTION', 'WHO', 'CLIENT', 'AGE', 'OPERATIONS', 'UNMASKED BY', 'WAITS FOR'],
    rows,
  );
}

function recordedTable(items: readonly RecordingView[]): readonly string[] {
  const rows = items.map((item) => [
    item.id,
    item.connection,
    item.principal.name,
    item.startedAt.slice(0, 19).replace('T', ' '),
    item.endedAt === null ? '' : lengthText(item),
    item.state === 'cut_off' ? 'cut off' : item.state,
    String(item.operations),
    String(item.verdicts.review),
    String(item.refused),
    item.sealed ? 'yes' : '',
  ]);
  const headings = ['ID', 'CONNECTION', 'WHO', 'STARTED (UTC)', 'TOOK', 'STATE'];
  return tableOf([...headings, 'OPERATIONS', 'HELD', 'REFUSED', 'ENCRYPTED'], rows);
}

function lengthText({ startedAt, endedAt }: RecordingView): string {
  return endedAt === null ? '' : ageOf(Date.parse(startedAt), Date.parse(endedAt));
}
