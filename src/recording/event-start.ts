const beginning = Buffer.from('{"at":', 'latin1');
const numbered = Buffer.from(',"operation":', 'latin1');
const zero = 0x30;
const point = 0x2e;

/** Two integers of JavaScript, and what stands around them. */
export const maxEventStart = beginning.length + numbered.length + 2 * 16 + 2;

/**
 * How the line of an event begins, as `eventLine` has it, written byte by byte: one is written for
 * each decision and each answer, and a string for each would cost more than all else about it.
 * Returns where it ends.
 */
export function writeEventStart(
  bytes: Buffer,
  start: number,
  at: number,
  operation: number | null,
): number {
  const tenths = Math.round(at * 10);
  const whole = Math.floor(tenths / 10);
  let end = writeDigits(bytes, copied(bytes, start, beginning), whole);
  bytes[end] = point;
  bytes[end + 1] = zero + (tenths - whole * 10);
  end += 2;
  return operation === null ? end : writeDigits(bytes, copied(bytes, end, numbered), operation);
}

function copied(bytes: Buffer, start: number, text: Buffer): number {
  for (let index = 0; index < text.length; index += 1) bytes[start + index] = text[index] ?? 0;
  return start + text.length;
}

function writeDigits(bytes: Buffer, start: number, value: number): number {
  let end = start + 1;
  for (let power = 10; power <= value; power *= 10) end += 1;
  let rest = value;
  for (let index = end - 1; index >= start; index -= 1) {
    const next = Math.floor(rest / 10);
    bytes[index] = zero + (rest - next * 10);
    rest = next;
  }
  return end;
}
