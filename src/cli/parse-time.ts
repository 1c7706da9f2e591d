const unitMs: Readonly<Record<string, number>> = {
  ...{ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

const age = /^(\d{1,9})([smhd])$/;

/** RFC 3339; or a date, or a date and time without an offset, which are local. */
const written =
  /^(\d{4}-\d\d-(\d\d))(T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/i;

/**
 * A time as `toISOString` writes it, from one that was written, or from an age such as `90m`; null
 * when it is neither.
 */
export function parseTime(text: string, now: number): string | null {
  const [, count, unit = ''] = age.exec(text) ?? [];
  if (count !== undefined) return isoOf(now - Number(count) * (unitMs[unit] ?? Number.NaN));
  const [, date = '', day, clock = 'T00:00'] = written.exec(text) ?? [];
  // A day that its month does not have would be taken for one of the next.
  if (new Date(`${date}T00:00Z`).getUTCDate() !== Number(day)) return null;
  return isoOf(Date.parse((date + clock).toUpperCase()));
}

export function isAgeInMinutes(text: string): boolean {
  return /^[sm]$/.test(age.exec(text)?.[2] ?? '');
}

function isoOf(milliseconds: number): string | null {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 0 ? null : time.toISOString();
}
