import type { RecordingView } from '../control/contract/recordings.ts';
import { safeLine } from '../core/safe-text.ts';

/** A recording for people, a line for each thing that is known of it. */
export function recordingReport(view: RecordingView): readonly string[] {
  const { principal, verdicts, files, unmaskedBy = null } = view;
  const lines: readonly (readonly [string, string])[] = [
    ['session', view.id],
    ['connection', `${view.connection} (${view.protocol})`],
    ['who', `${principal.name} (${principal.kind} of ${principal.person})`],
    ['client', view.client],
    ['started', view.startedAt],
    ['ended', endedText(view)],
    [
      'operations',
      `${view.operations}: ${verdicts.allow} allowed, ${verdicts.review} held, ${verdicts.deny} denied; ${view.refused} did not run`,
    ],
    ...(unmaskedBy === null ? [] : [['unmasked by', unmaskedBy] as const]),
    ['encrypted', view.sealed ? 'yes' : 'no'],
    ['files', files.join(' ')],
  ];
  return lines.map(([name, value]) => `${name.padEnd(11)} ${safeLine(value, 500)}`);
}

function endedText({ state, endedAt, endedBy }: RecordingView): string {
  if (state === 'open') return 'not yet';
  if (state === 'cut_off') return 'not told: the gateway was killed';
  return `${endedAt ?? ''}${endedBy === null ? '' : ` (${endedBy})`}`;
}
