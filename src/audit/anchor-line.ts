/** One line of a file of checkpoints, as `audit verify --anchor` reads it. */
export function anchorLine(note: string): string {
  return `${JSON.stringify({ note })}\n`;
}

/**
 * `2026-01-31/12`, by the time that was signed: files that grow without end would make each commit
 * dearer than the one before.
 */
export function checkpointHour(note: string): string {
  const [, day, hour] = /^time (\d{4}-\d{2}-\d{2})T(\d{2}):/m.exec(note) ?? [];
  if (day === undefined || hour === undefined) throw new Error('it is no checkpoint');
  return `${day}/${hour}`;
}
