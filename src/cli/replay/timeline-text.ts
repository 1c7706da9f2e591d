import type { TimelineEntry } from '../../recording/timeline.ts';

const colors: Readonly<Record<TimelineEntry['label'], string>> = {
  session: '1',
  allow: '32',
  deny: '31',
  held: '33',
  approved: '32',
  refused: '31',
  answer: '2',
  note: '36',
};

/** An entry as lines for a terminal or a file; what it says is safe already. */
export function entryText(entry: TimelineEntry, color: boolean): string {
  const { at, operation, label, lines } = entry;
  const margin = `${timeText(at)} ${numberText(operation)} ${label.padEnd(8)} `;
  const rest = ' '.repeat(margin.length);
  const paint = (text: string) => (color ? `\u001b[${colors[label]}m${text}\u001b[0m` : text);
  return lines.map((line, index) => `${paint(index === 0 ? margin : rest)}${line}\n`).join('');
}

/** `#12` */
export function numberText(operation: number | null): string {
  return (operation === null ? '' : `#${operation}`).padStart(4);
}

/** `0:07.3`, `1:02:03.0` */
export function timeText(milliseconds: number): string {
  const tenths = Math.floor(milliseconds / 100);
  const seconds = Math.floor(tenths / 10);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const head = hours === 0 ? `${minutes}` : `${hours}:${two(minutes)}`;
  return `${head}:${two(seconds % 60)}.${tenths % 10}`.padStart(8);
}
