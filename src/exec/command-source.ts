import { open } from 'node:fs/promises';
import { quoteWords } from '../core/shell-words.ts';
import { usage } from './exec-flags.ts';

/** What is given on the command line behind the connection. */
export interface GivenWords {
  readonly words: readonly string[];
  /** They stood behind `--`: only there are they exactly as they were typed. */
  readonly dashed: boolean;
}

/**
 * What the remote shell gets: each word quoted, so that it comes out there as it went in here,
 * or with `raw` the one word as it is.
 */
export function remoteCommandOf({ words, dashed }: GivenWords, raw: boolean): string {
  const [first] = words;
  if (first === undefined) throw asked('there is no command to run');
  if (raw && words.length > 1) throw asked('--raw takes one shell line: put it in quotes');
  if (raw) {
    if (first.trim() === '') throw asked('there is no command in what was given');
    return first;
  }
  if (!dashed && words.length > 1) throw asked('put -- before the command');
  return quoteWords(words);
}

function asked(message: string) {
  return usage(message, {
    hint: "For instance: hoopx exec ssh-bastion -- systemctl status x, or --raw 'df -h | head'.",
  });
}

const inputLimit = 1024 * 1024;

/** The input that goes inside the digest, at most 1 MiB. `instead` says how more of it goes. */
export async function readInputFile(path: string, instead: string): Promise<Buffer> {
  const bytes = await firstBytes(path, inputLimit + 1).catch((cause: unknown) => {
    throw usage(`cannot read ${path}`, { cause });
  });
  if (bytes.length > inputLimit) {
    throw usage(`${path} is larger than 1 MiB, which is what a reviewer can be shown`, {
      hint: instead,
    });
  }
  return bytes;
}

/** Of pipes and devices, too: their size says nothing. */
async function firstBytes(path: string, limit: number): Promise<Buffer> {
  await using file = await open(path);
  const bytes = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await file.read(bytes, length, limit - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}
