import type { Refusal } from '../../core/refusal.ts';
import type { NameTable } from './name-table.ts';
import type { PreparedStatement } from './names.ts';

/** Whether one more name fits; a name that is there already is only replaced. */
export function hasRoom(entries: NameTable<unknown>, name: string, limit: number): boolean {
  return entries.size < limit || entries.has(name);
}

/** Short ones are bounded by how many there may be. */
export function hasRoomForText(statements: NameTable<PreparedStatement>, text: string) {
  if (text.length <= longText) return true;
  let total = text.length;
  for (const statement of statements.entries()) total += statement.text.length;
  return total <= maxPreparedText;
}

const longText = 16 * 1024;
const maxPreparedText = 32 * 1024 * 1024;

export const tooMuchText: Refusal = {
  code: 'LIMIT_EXCEEDED',
  message: `more than ${maxPreparedText} characters of prepared statements in one session`,
};

export function tooMany(what: string, limit: number): Refusal {
  return { code: 'LIMIT_EXCEEDED', message: `more than ${limit} ${what} in one session` };
}
