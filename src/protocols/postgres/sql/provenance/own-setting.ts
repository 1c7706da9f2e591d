import { type Fields, listOf, stringConstant } from '../tree.ts';

/** A setting that anybody may set to anything. */
export function isOwnSetting(name: string): boolean {
  return name.includes('.') || name.toLowerCase() === 'application_name';
}

/** Whether the call reads one with `current_setting`, or says only as it runs which it reads. */
export function readsOwnSetting(called: string, { args }: Fields): boolean {
  if (called !== 'current_setting') return false;
  const name = stringConstant(listOf(args)[0]);
  return name === null || isOwnSetting(name);
}
