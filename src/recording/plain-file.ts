import { constants, type FileHandle, open } from 'node:fs/promises';

/**
 * For reading. Throws for anything else of that name: a pipe would keep its reader waiting for
 * ever, and a link shows what lies elsewhere.
 */
export async function openPlainFile(place: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error(`${place} is no plain file`);
}

/** Throws for one that is larger as well. */
export async function readPlainFile(place: string, mostBytes: number): Promise<string> {
  const handle = await openPlainFile(place);
  try {
    const { size } = await handle.stat();
    if (size > mostBytes) throw new Error(`${place} is larger than ${mostBytes} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
