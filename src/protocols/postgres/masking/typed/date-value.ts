import {
  civilDateOf,
  dayAndTimeOf,
  dayOf,
  firstDay,
  lastDay,
  microsPerDay,
  microsPerSecond,
} from '../../../../core/calendar.ts';
import {
  infinity,
  minusInfinity,
  type ScalarMask,
  type TimestampType,
} from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';

/** DateStyle ISO alone: what others write cannot be told apart, and is NULL. */
const dateForm = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/;
const timeForm = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;
const timestampForm =
  /^(\d{4,7}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)([+-]\d\d(?::\d\d(?::\d\d)?)?)?( BC)?$/;
const mostInt32 = 0x7fffffff;
/** 294277-01-01 (timestamp.h, `END_TIMESTAMP`). */
const endOfTimestamps = 9_223_371_331_200_000_000n;

export function dateValue(mask: ScalarMask, format: FormatCode): MaskedValue {
  if (format === 0) {
    return (value) => {
      const day = readDate(textOf(value));
      const masked = day === null || !isDate(day) ? null : mask.date(day);
      return masked === null ? null : written(dateText(masked));
    };
  }
  return (value) => {
    if (value.length !== 4) return null;
    const day = finite(value.readInt32BE(0));
    const masked = isDate(day) ? mask.date(day) : null;
    if (masked === null) return null;
    const out = Buffer.allocUnsafe(4);
    out.writeInt32BE(masked, 0);
    return out;
  };
}

export function timeValue(mask: ScalarMask, format: FormatCode): MaskedValue {
  if (format === 0) {
    return (value) => {
      const micros = readTime(textOf(value));
      return micros === null || !isTime(micros) ? null : written(timeText(mask.time(micros)));
    };
  }
  return (value) => {
    const micros = value.length === 8 ? value.readBigInt64BE(0) : null;
    return micros === null || !isTime(micros) ? null : int64(mask.time(micros));
  };
}

export function timestampValue(
  type: TimestampType,
  mask: ScalarMask,
  format: FormatCode,
): MaskedValue {
  const maskOf = (micros: bigint | null) =>
    micros === null || !isTimestamp(micros) ? null : mask.timestamp(type, micros);
  if (format === 0) {
    return (value) => {
      const masked = maskOf(readTimestamp(type, textOf(value)));
      return masked === null ? null : written(timestampText(type, masked));
    };
  }
  return (value) => {
    const masked = maskOf(value.length === 8 ? value.readBigInt64BE(0) : null);
    return masked === null ? null : int64(masked);
  };
}

function readDate(text: string): number | null {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  if (text === '-infinity') return Number.NEGATIVE_INFINITY;
  const [, year, month, day, bc] = dateForm.exec(text) ?? [];
  if (year === undefined) return null;
  const ofEra = Number(year);
  return dayOf({ year: bc ? 1 - ofEra : ofEra, month: Number(month), day: Number(day) });
}

function readTime(text: string): bigint | null {
  const [, hours, minutes, seconds, fraction = ''] = timeForm.exec(text) ?? [];
  if (hours === undefined) return null;
  const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return BigInt(whole) * microsPerSecond + BigInt(fraction.padEnd(6, '0'));
}

function readTimestamp(type: TimestampType, text: string): bigint | null {
  if (text === 'infinity') return infinity;
  if (text === '-infinity') return minusInfinity;
  const [, date, time = '', zone = '', bc = ''] = timestampForm.exec(text) ?? [];
  if ((zone !== '') !== (type === 'timestamptz')) return null;
  const day = readDate(`${date}${bc}`);
  const micros = readTime(time);
  if (day === null || micros === null) return null;
  return BigInt(day) * microsPerDay + micros - zoneMicros(zone);
}

/** In UTC: of a zone that the session chose, the offset that the value had would tell the instant. */
function timestampText(type: TimestampType, micros: bigint): string {
  const zone = type === 'timestamptz' ? '+00' : '';
  const { day, ofDay } = dayAndTimeOf(micros);
  const [date = '', bc] = dateText(day).split(' ');
  return `${date} ${timeText(ofDay)}${zone}${bc === undefined ? '' : ` ${bc}`}`;
}

function zoneMicros(zone: string): bigint {
  const [hours = 0, minutes = 0, seconds = 0] = zone.slice(1).split(':').map(Number);
  const micros = BigInt(hours * 3600 + minutes * 60 + seconds) * microsPerSecond;
  return zone.startsWith('-') ? -micros : micros;
}

function dateText(days: number): string {
  const { year, month, day } = civilDateOf(days);
  const ofEra = year > 0 ? year : 1 - year;
  const text = `${String(ofEra).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return year > 0 ? text : `${text} BC`;
}

function timeText(micros: bigint): string {
  const seconds = Number(micros / microsPerSecond);
  const fraction = String(micros % microsPerSecond)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const text = `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
  return fraction === '' ? text : `${text}.${fraction}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function finite(day: number): number {
  if (day === mostInt32) return Number.POSITIVE_INFINITY;
  return day === -mostInt32 - 1 ? Number.NEGATIVE_INFINITY : day;
}

function isDate(day: number): boolean {
  return !Number.isFinite(day) || (day >= firstDay && day <= lastDay);
}

function isTime(micros: bigint): boolean {
  return micros >= 0n && micros <= microsPerDay;
}

function isTimestamp(micros: bigint): boolean {
  if (micros === infinity || micros === minusInfinity) return true;
  return micros >= BigInt(firstDay) * microsPerDay && micros < endOfTimestamps;
}

function int64(value: bigint): Buffer {
  const out = Buffer.allocUnsafe(8);
  out.writeBigInt64BE(value, 0);
  return out;
}
