import { integer, string } from '@oclif/core/flags';
import type { Page } from '../control/contract.ts';

/** For commands that print one page of a list. */
export const pageFlags = {
  limit: integer({
    description: 'at most so many',
    min: 1,
    max: 200,
    default: 50,
    env: 'HOOPX_LIMIT',
  }),
  cursor: string({
    description: 'go on where an earlier page said',
    helpValue: 'CURSOR',
    env: 'HOOPX_CURSOR',
  }),
};

export function pageQuery({ limit, cursor }: { limit: number; cursor?: string | undefined }): {
  limit: number;
  cursor?: string;
} {
  return cursor === undefined ? { limit } : { limit, cursor };
}

export function nextPageHint(page: Page<unknown>, stderr: (line: string) => void): void {
  if (page.nextCursor !== null) stderr(`There are more: --cursor ${page.nextCursor}`);
}
