const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `2d 3h`, `1h 4m`, `58m 12s`, `42s`; never negative. */
export function duration(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / second) * second);
  if (left >= day) return pair(left, day, 'd', hour, 'h');
  if (left >= hour) return pair(left, hour, 'h', minute, 'm');
  if (left >= minute) return pair(left, minute, 'm', second, 's');
  return `${left / second}s`;
}

function pair(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)}${bigUnit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`;
}

/** Local time, with the day where it is not that of `now`: `14:03`, `3 May 14:03`. */
export function clockTime(at: number, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return 'an unknown time';
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getDate()} ${date.toLocaleString('en', { month: 'short' })} ${time}`;
}
