const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** Timers overflow beyond 2^31 ms. */
const maxMs = 480 * units.h;

/** `1h`, `30m`, `90s`, `500ms` in milliseconds; null when it is none of them, or out of range. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const [, digits, unit] = match ?? [];
  if (digits === undefined) return null;
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h') return null;
  const ms = Number(digits) * units[unit];
  return ms > 0 && ms <= maxMs ? ms : null;
}
