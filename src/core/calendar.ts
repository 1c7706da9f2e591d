/** The proleptic Gregorian calendar in days from 2000-01-01 on, as SQL counts them; year 0 is 1 BC. */

const daysPerEra = 146_097;
const yearsPerEra = 400;
/** 2000-03-01, on which an era begins: a leap day is the last of its year then. */
const marchFirst = 60;

/** PostgreSQL's first day: 4714-11-24 BC, where Julian days begin. */
export const firstDay = -2_451_545;
/** And its last: 5874897-12-31. */
export const lastDay = 2_145_031_948;

export const microsPerSecond = 1_000_000n;
export const microsPerDay = 86_400n * microsPerSecond;

export interface CivilDate {
  readonly year: number;
  /** From 1 on. */
  readonly month: number;
  readonly day: number;
}

export function dayOf({ year, month, day }: CivilDate): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / yearsPerEra);
  const ofEra = marchYear - era * yearsPerEra;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const days = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return (era - 5) * daysPerEra + days + marchFirst;
}

export function civilDateOf(days: number): CivilDate {
  const shifted = days - marchFirst;
  const era = Math.floor(shifted / daysPerEra);
  const ofEra = shifted - era * daysPerEra;
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const years = Math.floor((ofEra - leaps) / 365);
  const ofYear = ofEra - (365 * years + Math.floor(years / 4) - Math.floor(years / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: years + (era + 5) * yearsPerEra + (month > 2 ? 0 : 1),
    month,
    day: ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** Of microseconds from the midnight that begins day 0, before it too. */
export function dayAndTimeOf(micros: bigint): { readonly day: number; readonly ofDay: bigint } {
  const ofDay = ((micros % microsPerDay) + microsPerDay) % microsPerDay;
  return { day: Number((micros - ofDay) / microsPerDay), ofDay };
}
