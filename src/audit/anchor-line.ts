/** One line of a file of checkpoints, as `audit verify --anchor` reads it. */
export function anchorLine(note: string): string {
  return `${JSON.stringify({ note })}\n`;
}

interface SignedAt {
  /** `2026-01-31` */
  readonly day: string;
  readonly hour: string;
  /** `5803.123`: minutes, seconds, milliseconds. */
  readonly rest: string;
}

/** The time that was signed. */
function signedAt(note: string): SignedAt {
  const pattern = /^time (\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2}\.\d+)Z$/m;
  const [, day, hour, minute, second] = pattern.exec(note) ?? [];
  if (day === undefined || hour === undefined || minute === undefined || second === undefined) {
    throw new Error('it is no checkpoint');
  }
  return { day, hour, rest: minute + second };
}

/** `2026-01-31/12`: a file that grew without end would make each commit dearer than the last. */
export function checkpointHour(note: string): string {
  const { day, hour } = signedAt(note);
  return `${day}/${hour}`;
}

/** `2026-01-31/12/5803.123`: the same for the same note. */
export function checkpointMoment(note: string): string {
  return `${checkpointHour(note)}/${signedAt(note).rest}`;
}
